#include <math.h>
#include <string.h>

#include "io/plot_data.h"

#define MAXIMUM_PROFILES 7
#define MAXIMUM_IONS_DRAWN 8

// ---- Profiles ----

/* The stored fields, a row a time. */
typedef struct {
  PlotColumn x, time, charge_density;
  PetscInt ions;
  PlotColumn concentration[MAXIMUM_IONS_DRAWN];
} Profiles;

// "/fields/cation_concentration", in the order in which they were made.
static PetscErrorCode ReadConcentrations(hid_t file, Profiles *profiles)
{
  static const char ending[] = "_concentration";
  char member[128], name[160];
  hid_t group;
  H5G_info_t info;

  PetscFunctionBeginUser;
  PetscCallH5(group = H5Gopen2(file, "/fields", H5P_DEFAULT));
  PetscCallH5(H5Gget_info(group, &info));
  for (hsize_t i = 0; i < info.nlinks && profiles->ions < MAXIMUM_IONS_DRAWN; i++) {
    PetscCallH5(H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, member,
                                   sizeof(member), H5P_DEFAULT));
    const size_t length = strlen(member);
    if (length < sizeof(ending) || strcmp(member + length - sizeof(ending) + 1, ending)) continue;
    snprintf(name, sizeof(name), "/fields/%s", member);
    PlotColumn *const column = &profiles->concentration[profiles->ions++];
    PetscCall(PlotColumnRead(file, name, column));
    snprintf(column->name, sizeof(column->name), "%.*s", (int)(length - sizeof(ending) + 1),
             member);
  }
  PetscCallH5(H5Gclose(group));
  PetscFunctionReturn(0);
}

// Rows of as many values as there are nodes, one a time.
static PetscErrorCode CheckSizes(hid_t file, const Profiles *profiles)
{
  const PetscInt nodes = profiles->x.count, times = profiles->time.count;

  PetscFunctionBeginUser;
  if (nodes < 2) PetscCall(PlotColumnCheck(file, &profiles->x, 2));
  if (times > PETSC_MAX_INT / nodes) PetscCall(PlotColumnCheck(file, &profiles->time, 1));
  PetscCall(PlotColumnCheck(file, &profiles->charge_density, nodes * times));
  for (PetscInt k = 0; k < profiles->ions; k++) {
    PetscCall(PlotColumnCheck(file, &profiles->concentration[k], nodes * times));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ProfilesRead(hid_t file, Profiles *profiles)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(profiles, sizeof(*profiles)));
  PetscCall(PlotColumnRead(file, "/x", &profiles->x));
  PetscCall(PlotColumnRead(file, "/time", &profiles->time));
  PetscCall(PlotColumnRead(file, "/fields/charge_density", &profiles->charge_density));
  PetscCall(ReadConcentrations(file, profiles));
  PetscCall(CheckSizes(file, profiles));
  PetscFunctionReturn(0);
}

static PetscErrorCode ProfilesDestroy(Profiles *profiles)
{
  PetscFunctionBeginUser;
  PetscCall(PlotColumnDestroy(&profiles->x));
  PetscCall(PlotColumnDestroy(&profiles->time));
  PetscCall(PlotColumnDestroy(&profiles->charge_density));
  for (PetscInt k = 0; k < profiles->ions; k++) {
    PetscCall(PlotColumnDestroy(&profiles->concentration[k]));
  }
  PetscFunctionReturn(0);
}

// Which of the stored times is drawn as profile number p: the last one always is.
static PetscInt TimeOfProfile(PetscInt times, PetscInt profiles, PetscInt p)
{
  return profiles == 1 ? times - 1 : p * (times - 1) / (profiles - 1);
}

// $profileN: x in um, the charge density's absolute value, and the concentrations.
static void PrintProfile(FILE *gnuplot, const Profiles *profiles, PetscInt p, PetscInt row)
{
  const PetscInt nodes = profiles->x.count;

  fprintf(gnuplot, "$profile%d << EOD\n", (int)p);
  for (PetscInt i = 0; i < nodes; i++) {
    GnuplotNumber(gnuplot, 1e6 * profiles->x.value[i]);
    GnuplotNumber(gnuplot, fabs(profiles->charge_density.value[row * nodes + i]));
    for (PetscInt k = 0; k < profiles->ions; k++) {
      GnuplotNumber(gnuplot, profiles->concentration[k].value[row * nodes + i]);
    }
    fputc('\n', gnuplot);
  }
  fprintf(gnuplot, "EOD\n");
}

// The largest concentration that is drawn outside of the double layers, [2 %, 98 %] of the cell.
static PetscReal InteriorMaximum(const Profiles *profiles)
{
  const PetscInt nodes = profiles->x.count;
  const PetscReal thickness = profiles->x.value[nodes - 1];
  PetscReal maximum = 0;

  for (PetscInt k = 0; k < profiles->ions; k++) {
    for (PetscInt j = 0; j < profiles->concentration[k].count; j++) {
      const PetscReal share = profiles->x.value[j % nodes] / thickness;

      if (share < 0.02 || share > 0.98) continue;
      maximum = PetscMax(maximum, profiles->concentration[k].value[j]);
    }
  }
  return maximum;
}

// Colours run from early to late times; ions differ by the kind of their lines.
static void PlotProfiles(FILE *gnuplot, const Profiles *profiles, PetscInt count, PetscInt column,
                         PetscInt ions)
{
  const char *separator = "plot";

  for (PetscInt p = 0; p < count; p++) {
    const PetscInt row = TimeOfProfile(profiles->time.count, count, p);

    for (PetscInt k = 0; k < ions; k++) {
      fprintf(gnuplot, "%s $profile%d using 1:%d with lines lc palette frac %g dt %d ", separator,
              (int)p, (int)(column + k), count > 1 ? (double)p / (double)(count - 1) : 0,
              (int)k + 1);
      separator = ",";
      if (k == 0) {
        fprintf(gnuplot, "title \"t = %.4g s\"", profiles->time.value[row]);
      } else {
        fprintf(gnuplot, "notitle");
      }
    }
  }
  for (PetscInt k = 0; k < ions && ions > 1; k++) {
    fprintf(gnuplot, ", NaN with lines lc rgb 'black' dt %d title ", (int)k + 1);
    GnuplotText(gnuplot, profiles->concentration[k].name);
  }
  fputc('\n', gnuplot);
}

static PetscErrorCode DrawProfiles(const Profiles *profiles, const char title[],
                                   const PictureSet *set)
{
  const PetscInt count = PetscMin(profiles->time.count, MAXIMUM_PROFILES);
  FILE *gnuplot;

  PetscFunctionBeginUser;
  if (count == 0) PetscFunctionReturn(0);  // a run that was killed before its first saving
  PetscCall(PictureOpen(set, "profiles", 8, 8, &gnuplot));
  for (PetscInt p = 0; p < count; p++) {
    PrintProfile(gnuplot, profiles, p, TimeOfProfile(profiles->time.count, count, p));
  }
  fprintf(gnuplot, GNUPLOT_PALETTE "unset colorbox\nset key outside right\n");
  fprintf(gnuplot, "set multiplot layout 2,1 title ");
  GnuplotText(gnuplot, title);
  fprintf(gnuplot, "\nset xlabel \"x [um]\"\nset ylabel \"concentration [mol m-3]\"\n");
  fprintf(gnuplot, "set yrange [0:%g]\n", 1.15 * InteriorMaximum(profiles));
  PlotProfiles(gnuplot, profiles, count, 3, profiles->ions);
  fprintf(gnuplot,
          "set autoscale y\nset ylabel \"|charge density| [C m-3]\"\nset logscale y\nset format y "
          "\"%%.0e\"\n");
  PlotProfiles(gnuplot, profiles, count, 2, 1);
  fprintf(gnuplot, "unset multiplot\n");
  PetscCall(PictureClose(set, "profiles", &gnuplot));
  PetscFunctionReturn(0);
}

// ---- History ----

static const struct {
  const char *name, *label;
  PetscReal factor;  // from the file's unit to the label's
} histories[] = {
    {"/history/cell_voltage", "cell voltage [V]", 1},
    {"/history/virtual_salt_concentration", "salt at the electrode [mol m-3]", 1},
    {"/history/space_charge_width", "width of space charge [um]", 1e6},
};

#define HISTORIES PETSC_STATIC_ARRAY_LENGTH(histories)

typedef struct {
  PlotColumn time, column[HISTORIES];
} History;

static PetscErrorCode HistoryRead(hid_t file, History *history)
{
  PetscFunctionBeginUser;
  PetscCall(PlotColumnRead(file, "/history/time", &history->time));
  for (size_t h = 0; h < HISTORIES; h++) {
    PetscCall(PlotColumnRead(file, histories[h].name, &history->column[h]));
    PetscCall(PlotColumnCheck(file, &history->column[h], history->time.count));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode HistoryDestroy(History *history)
{
  PetscFunctionBeginUser;
  PetscCall(PlotColumnDestroy(&history->time));
  for (size_t h = 0; h < HISTORIES; h++) PetscCall(PlotColumnDestroy(&history->column[h]));
  PetscFunctionReturn(0);
}

static void PrintHistory(FILE *gnuplot, const History *history)
{
  fprintf(gnuplot, "$history << EOD\n");
  for (PetscInt i = 0; i < history->time.count; i++) {
    GnuplotNumber(gnuplot, history->time.value[i]);
    for (size_t h = 0; h < HISTORIES; h++) {
      GnuplotNumber(gnuplot, histories[h].factor * history->column[h].value[i]);
    }
    fputc('\n', gnuplot);
  }
  fprintf(gnuplot, "EOD\n");
}

// Vertical lines where something happened.
static PetscErrorCode PrintEvents(FILE *gnuplot, hid_t file)
{
  PlotColumn time;

  PetscFunctionBeginUser;
  if (!PlotHas(file, "/events/time")) PetscFunctionReturn(0);
  PetscCall(PlotColumnRead(file, "/events/time", &time));
  for (PetscInt i = 0; i < time.count; i++) {
    fprintf(gnuplot,
            "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead lc rgb '#808080' dt "
            "3\n",
            time.value[i], time.value[i]);
  }
  PetscCall(PlotColumnDestroy(&time));
  PetscFunctionReturn(0);
}

static PetscErrorCode DrawHistory(hid_t file, const char title[], const PictureSet *set)
{
  History history;
  FILE *gnuplot;

  PetscFunctionBeginUser;
  PetscCall(HistoryRead(file, &history));
  PetscCall(PictureOpen(set, "history", 8, 9, &gnuplot));
  PrintHistory(gnuplot, &history);
  PetscCall(HistoryDestroy(&history));
  PetscCall(PrintEvents(gnuplot, file));
  fprintf(gnuplot, "unset key\nset multiplot layout %d,1 title ", (int)HISTORIES);
  GnuplotText(gnuplot, title);
  fprintf(gnuplot, "\nset lmargin 12\n");
  for (size_t h = 0; h < HISTORIES; h++) {
    if (h == HISTORIES - 1) fprintf(gnuplot, "set xlabel \"time [s] (dotted: events)\"\n");
    fprintf(gnuplot, "set ylabel \"%s\"\nplot $history using 1:%d with lines lw 2 lc 1\n",
            histories[h].label, (int)h + 2);
  }
  fprintf(gnuplot, "unset multiplot\n");
  PetscCall(PictureClose(set, "history", &gnuplot));
  PetscFunctionReturn(0);
}

// ---- Both ----

static PetscErrorCode Draw(hid_t file, const char title[], const PictureSet *set)
{
  Profiles profiles;

  PetscFunctionBeginUser;
  if (PlotHas(file, "/fields/charge_density")) {
    PetscCall(ProfilesRead(file, &profiles));
    PetscErrorCode ierr = DrawProfiles(&profiles, title, set);
    PetscCall(ProfilesDestroy(&profiles));
    PetscCall(ierr);
  }
  PetscCall(DrawHistory(file, title, set));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotRun(hid_t file, const PictureSet *set)
{
  PetscInt count;
  char **title;

  PetscFunctionBeginUser;
  PetscCall(PlotTextsRead(file, "title", &count, &title));
  PetscErrorCode ierr = Draw(file, title[0], set);
  PetscCall(PlotTextsDestroy(count, &title));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
