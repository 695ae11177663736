#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/plot_data.h"
#include "io/sweep_file_impl.h"

#define MAXIMUM_CURVES 12  // colours that can be told apart
#define MAXIMUM_PANELS 12
#define LOG_RATIO 3  // of the ends of an axis, from which on it is logarithmic

/* Where an onset, the closed forms and the swept keys of the cases stand. */
typedef struct {
  PetscInt cases, keys;
  PlotColumn *key;
  PlotColumn depletion, space_charge, voltage, sand, finite;
  char *title;
} Table;

// ---- Reading ----

// Where D or t_+ follows the concentration, what takes the place of the closed form.
static PetscErrorCode ReadForm(hid_t file, const char name[], const char variable_name[],
                               PlotColumn *column)
{
  PlotColumn variable;

  PetscFunctionBeginUser;
  PetscCall(PlotColumnRead(file, name, column));
  PetscCall(PlotColumnRead(file, variable_name, &variable));
  PetscCall(PlotColumnCheck(file, &variable, column->count));
  for (PetscInt i = 0; i < column->count; i++) {
    if (!isnan(variable.value[i])) column->value[i] = variable.value[i];
  }
  PetscCall(PlotColumnDestroy(&variable));
  PetscFunctionReturn(0);
}

static void Blank(PlotColumn *column, PetscInt i)
{
  if (i < column->count) column->value[i] = NAN;
}

/* A row that is not whole, cut off by a kill or damaged, says nothing. */
static PetscErrorCode LeaveOutBroken(hid_t file, Table *table)
{
  PlotColumn rows;
  PetscInt broken = 0;

  PetscFunctionBeginUser;
  PetscCall(PlotColumnRead(file, "/rows", &rows));
  for (PetscInt i = 0; i < table->cases && (i + 1) * SWEEP_COLUMNS <= rows.count; i++) {
    const PetscReal *const row = rows.value + i * SWEEP_COLUMNS;

    if (SweepRowIsWhole(i, row) || SweepRowIsEmpty(row)) continue;
    Blank(&table->depletion, i);
    Blank(&table->space_charge, i);
    Blank(&table->voltage, i);
    Blank(&table->sand, i);
    Blank(&table->finite, i);
    broken++;
  }
  PetscCall(PlotColumnDestroy(&rows));
  if (broken) {
    fprintf(stderr, "sandglass: %" PetscInt_FMT " rows are damaged or not whole, and left out\n",
            broken);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode TableRead(hid_t file, Table *table)
{
  char **name;
  PetscInt titles;
  char **title;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(table, sizeof(*table)));
  PetscCall(PlotTextsRead(file, "title", &titles, &title));
  PetscCall(PetscStrallocpy(title[0], &table->title));
  PetscCall(PlotTextsDestroy(titles, &title));
  PetscCall(PlotTextsRead(file, SWEPT_KEYS, &table->keys, &name));
  PetscCall(PetscCalloc1(table->keys, &table->key));
  for (PetscInt k = 0; k < table->keys; k++) {
    PetscCall(PlotColumnRead(file, name[k], &table->key[k]));
  }
  PetscCall(PlotTextsDestroy(table->keys, &name));
  PetscCall(PlotColumnRead(file, "/depletion_time", &table->depletion));
  PetscCall(PlotColumnRead(file, "/space_charge_time", &table->space_charge));
  PetscCall(PlotColumnRead(file, "/end_voltage", &table->voltage));
  PetscCall(ReadForm(file, "/sand_time", "/variable_sand_time", &table->sand));
  PetscCall(
      ReadForm(file, "/finite_depletion_time", "/variable_finite_depletion_time", &table->finite));
  table->cases = table->depletion.count;
  PetscCall(LeaveOutBroken(file, table));
  PetscFunctionReturn(0);
}

static PetscErrorCode TableDestroy(Table *table)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < table->keys; k++) PetscCall(PlotColumnDestroy(&table->key[k]));
  PetscCall(PlotColumnDestroy(&table->depletion));
  PetscCall(PlotColumnDestroy(&table->space_charge));
  PetscCall(PlotColumnDestroy(&table->voltage));
  PetscCall(PlotColumnDestroy(&table->sand));
  PetscCall(PlotColumnDestroy(&table->finite));
  PetscCall(PetscFree(table->key));
  PetscCall(PetscFree(table->title));
  PetscFunctionReturn(0);
}

// One value a case.
static PetscErrorCode CheckSizes(hid_t file, const Table *table)
{
  const PlotColumn *const column[] = {&table->space_charge, &table->voltage, &table->sand,
                                      &table->finite};

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < table->keys; k++) {
    PetscCall(PlotColumnCheck(file, &table->key[k], table->cases));
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(column); i++) {
    PetscCall(PlotColumnCheck(file, column[i], table->cases));
  }
  PetscFunctionReturn(0);
}

// ---- Values of a key ----

static int CompareReals(const void *one, const void *other)
{
  const PetscReal a = *(const PetscReal *)one, b = *(const PetscReal *)other;

  return (a > b) - (a < b);
}

// The different values, sorted; the caller frees them.
static PetscErrorCode DistinctValues(const PlotColumn *column, PetscInt *count, PetscReal **value)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(column->count, value));
  PetscCall(PetscArraycpy(*value, column->value, column->count));
  qsort(*value, (size_t)column->count, sizeof(**value), CompareReals);
  *count = 0;
  for (PetscInt i = 0; i < column->count; i++) {
    if (*count == 0 || (*value)[i] != (*value)[*count - 1]) (*value)[(*count)++] = (*value)[i];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CountDistinct(const PlotColumn *column, PetscInt *count)
{
  PetscReal *value;

  PetscFunctionBeginUser;
  PetscCall(DistinctValues(column, count, &value));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

// gnuplot takes a picture without a single point for a mistake.
static PetscBool HasNumbers(const PlotColumn *column)
{
  for (PetscInt i = 0; i < column->count; i++) {
    if (isfinite(column->value[i])) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool IsLogarithmic(const PlotColumn *column)
{
  PetscReal low = PETSC_INFINITY, high = 0;

  for (PetscInt i = 0; i < column->count; i++) {
    if (!isfinite(column->value[i])) continue;
    low = PetscMin(low, column->value[i]);
    high = PetscMax(high, column->value[i]);
  }
  return (PetscBool)(!column->text && low > 0 && high > LOG_RATIO * low);
}

// "name = value" for a legend.
static void DescribeValue(const PlotColumn *column, PetscInt number, char text[256])
{
  if (column->text) {
    snprintf(text, 256, "%s = %s", column->name, column->text[number]);
  } else {
    snprintf(text, 256, "%s = %.4g%s%s", column->name, column->value[number],
             column->units[0] != '1' ? " " : "", column->units[0] != '1' ? column->units : "");
  }
}

// ---- Curves ----

typedef struct {
  PetscReal curve, x;
  PetscInt number;
} Point;

static int ComparePoints(const void *one, const void *other)
{
  const Point *const a = (const Point *)one, *const b = (const Point *)other;
  const int by_curve = CompareReals(&a->curve, &b->curve);

  return by_curve ? by_curve : CompareReals(&a->x, &b->x);
}

// The cases sorted by the curve they belong to (`by` may be NULL: there is one) and along it.
static PetscErrorCode SortPoints(const Table *table, const PlotColumn *x, const PlotColumn *by,
                                 Point **point)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(table->cases, point));
  for (PetscInt i = 0; i < table->cases; i++) {
    (*point)[i] = (Point){by ? by->value[i] : 0, x->value[i], i};
  }
  qsort(*point, (size_t)table->cases, sizeof(**point), ComparePoints);
  PetscFunctionReturn(0);
}

static void PrintPoint(FILE *gnuplot, const Table *table, const Point *point)
{
  const PetscInt i = point->number;

  GnuplotNumber(gnuplot, point->x);
  GnuplotNumber(gnuplot, table->depletion.value[i]);
  GnuplotNumber(gnuplot, table->space_charge.value[i]);
  GnuplotNumber(gnuplot, table->sand.value[i]);
  GnuplotNumber(gnuplot, table->finite.value[i]);
  fputc('\n', gnuplot);
}

// One data block $curveN a curve; *curves how many.
static void PrintCurves(FILE *gnuplot, const Table *table, const Point point[], PetscInt *curves)
{
  *curves = 0;
  for (PetscInt i = 0; i < table->cases; i++) {
    if (i == 0 || point[i].curve != point[i - 1].curve) {
      if (i > 0) fprintf(gnuplot, "EOD\n");
      fprintf(gnuplot, "$curve%" PetscInt_FMT " << EOD\n", (*curves)++);
    }
    PrintPoint(gnuplot, table, &point[i]);
  }
  fprintf(gnuplot, "EOD\n");
}

// Circles grow from curve to curve: where curves coincide, as over current_ratio, all are seen.
static void PlotCurve(FILE *gnuplot, PetscInt curve, const char legend[])
{
  const int c = (int)curve, colour = c + 1;

  fprintf(gnuplot, "%s $curve%d using 1:4 with lines lc %d dt 2 notitle", c ? "," : "plot", c,
          colour);
  fprintf(gnuplot, ", $curve%d using 1:5 with lines lc %d notitle", c, colour);
  fprintf(gnuplot, ", $curve%d using 1:2 with points pt 6 ps %g lc %d title ", c, 0.7 + 0.4 * c,
          colour);
  GnuplotText(gnuplot, legend);
  fprintf(gnuplot, ", $curve%d using 1:3 with points pt 2 ps 0.6 lc %d notitle", c, colour);
}

static void PrintAxes(FILE *gnuplot, const Table *table, const PlotColumn *x)
{
  fprintf(gnuplot, "set title ");
  GnuplotText(gnuplot, table->title);
  fprintf(gnuplot, "\nset xlabel ");
  PlotLabel(gnuplot, x);
  fprintf(gnuplot, "\nset ylabel \"onset [s]\"\nset logscale y\nset format y \"%%g\"\n");
  fprintf(gnuplot, "%sset logscale x\n", IsLogarithmic(x) ? "" : "un");
}

static PetscErrorCode PlotOnset(const Table *table, const PlotColumn *x, const PlotColumn *by,
                                const PictureSet *set)
{
  char legend[256] = "depletion";
  PetscInt curves, first = 0;
  FILE *gnuplot;
  Point *point;

  PetscFunctionBeginUser;
  if (!HasNumbers(&table->depletion) && !HasNumbers(&table->sand)) PetscFunctionReturn(0);
  PetscCall(SortPoints(table, x, by, &point));
  PetscCall(PictureOpen(set, "onset", 8, 5.5, &gnuplot));
  PrintCurves(gnuplot, table, point, &curves);
  PrintAxes(gnuplot, table, x);
  for (PetscInt c = 0; c < curves; c++) {
    if (by) DescribeValue(by, point[first].number, legend);
    PlotCurve(gnuplot, c, legend);
    while (first < table->cases - 1 && point[first].curve == point[first + 1].curve) first++;
    first++;
  }
  fprintf(gnuplot,
          ", NaN with lines lc rgb 'black' dt 2 title \"Sand's time\""
          ", NaN with lines lc rgb 'black' title \"finite cell\""
          ", NaN with points pt 6 ps 0.7 lc rgb 'black' title \"depletion\""
          ", NaN with points pt 2 ps 0.6 lc rgb 'black' title \"space charge\"\n");
  PetscCall(PictureClose(set, "onset", &gnuplot));
  PetscCall(PetscFree(point));
  PetscFunctionReturn(0);
}

// ---- The map ----

// What is drawn of the onset: the depletion, or, where none was computed, the closed form.
static const PlotColumn *OnsetColumn(const Table *table)
{
  return HasNumbers(&table->depletion) ? &table->depletion : &table->finite;
}

static PetscErrorCode PlotMap(const Table *table, const PlotColumn *x, const PlotColumn *y,
                              const PictureSet *set)
{
  const PlotColumn *const colour = OnsetColumn(table);
  FILE *gnuplot;
  Point *point;

  PetscFunctionBeginUser;
  if (!HasNumbers(colour)) PetscFunctionReturn(0);
  PetscCall(SortPoints(table, x, y, &point));
  PetscCall(PictureOpen(set, "map", 8, 5.5, &gnuplot));
  fprintf(gnuplot, "$grid << EOD\n");
  for (PetscInt i = 0; i < table->cases; i++) {
    if (i > 0 && point[i].curve != point[i - 1].curve) fputc('\n', gnuplot);
    GnuplotNumber(gnuplot, point[i].x);
    GnuplotNumber(gnuplot, point[i].curve);
    GnuplotNumber(gnuplot, colour->value[point[i].number]);
    fputc('\n', gnuplot);
  }
  fprintf(gnuplot, "EOD\n");
  PrintAxes(gnuplot, table, x);
  fprintf(gnuplot, "set ylabel ");
  PlotLabel(gnuplot, y);
  fprintf(gnuplot, "\nset cblabel ");
  PlotLabel(gnuplot, colour);
  fprintf(gnuplot,
          "\n%sset logscale y\nset logscale cb\nset format cb \"%%g\"\nunset key\nset view map\n"
          "set pm3d corners2color geomean\n" GNUPLOT_PALETTE
          "set autoscale xfix\nset autoscale yfix\nset ylabel offset -2\n"
          "set lmargin at screen 0.13\nset rmargin at screen 0.82\n"
          "set bmargin at screen 0.12\nset tmargin at screen 0.92\nsplot $grid with pm3d\n",
          IsLogarithmic(y) ? "" : "un");
  PetscCall(PictureClose(set, "map", &gnuplot));
  PetscCall(PetscFree(point));
  PetscFunctionReturn(0);
}

// ---- Many keys ----

// One panel: what has come out over one key, of every case.
static PetscErrorCode PlotPanel(FILE *gnuplot, const Table *table, PetscInt k,
                                const PlotColumn *outcome)
{
  Point *point;

  PetscFunctionBeginUser;
  PetscCall(SortPoints(table, &table->key[k], NULL, &point));
  fprintf(gnuplot, "$panel%d << EOD\n", (int)k);
  for (PetscInt i = 0; i < table->cases; i++) {
    GnuplotNumber(gnuplot, point[i].x);
    GnuplotNumber(gnuplot, outcome->value[point[i].number]);
    fputc('\n', gnuplot);
  }
  fprintf(gnuplot, "EOD\nset format \"%%g\"\nset xlabel ");
  PlotLabel(gnuplot, &table->key[k]);
  fprintf(gnuplot, "\nset ylabel ");
  PlotLabel(gnuplot, outcome);
  fprintf(gnuplot, "\n%sset logscale x\n%sset logscale y\n",
          IsLogarithmic(&table->key[k]) ? "" : "un", IsLogarithmic(outcome) ? "" : "un");
  fprintf(gnuplot, "plot $panel%d using 1:2 with points pt 7 ps 0.3 lc 1\n", (int)k);
  PetscCall(PetscFree(point));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotPanels(const Table *table, const char what[], const PlotColumn *outcome,
                                 const PictureSet *set)
{
  const PetscInt panels = PetscMin(table->keys, MAXIMUM_PANELS);
  const PetscInt columns = panels > 4 ? 3 : panels > 1 ? 2 : 1;
  const PetscInt rows = (panels + columns - 1) / columns;
  FILE *gnuplot;

  PetscFunctionBeginUser;
  if (!HasNumbers(outcome)) PetscFunctionReturn(0);
  PetscCall(PictureOpen(set, what, 4.0 * columns + 1, 3.0 * rows + 0.5, &gnuplot));
  fprintf(gnuplot, "unset key\nset multiplot layout %d,%d title ", (int)rows, (int)columns);
  GnuplotText(gnuplot, table->title);
  fputc('\n', gnuplot);
  for (PetscInt k = 0; k < panels; k++) PetscCall(PlotPanel(gnuplot, table, k, outcome));
  fprintf(gnuplot, "unset multiplot\n");
  PetscCall(PictureClose(set, what, &gnuplot));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotAllPanels(const Table *table, const PictureSet *set)
{
  PetscFunctionBeginUser;
  PetscCall(PlotPanels(table, "onset", OnsetColumn(table), set));
  PetscCall(PlotPanels(table, "voltage", &table->voltage, set));
  PetscFunctionReturn(0);
}

// ---- What there is to draw ----

/* Of two keys that form a grid, the one of more values goes along x, if it is a number. */
static PetscErrorCode PlotTwoKeys(const Table *table, const PictureSet *set)
{
  PetscInt count[2], x;

  PetscFunctionBeginUser;
  for (int k = 0; k < 2; k++) PetscCall(CountDistinct(&table->key[k], &count[k]));
  x = table->key[0].text || (!table->key[1].text && count[1] > count[0]);
  if (table->key[x].text || count[0] * count[1] != table->cases) {
    PetscCall(PlotAllPanels(table, set));
    PetscFunctionReturn(0);
  }
  if (count[1 - x] <= MAXIMUM_CURVES) {
    PetscCall(PlotOnset(table, &table->key[x], &table->key[1 - x], set));
  } else {
    PetscCall(PlotAllPanels(table, set));
  }
  if (!table->key[1 - x].text && count[0] > 1 && count[1] > 1) {
    PetscCall(PlotMap(table, &table->key[x], &table->key[1 - x], set));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PlotSweep(hid_t file, const PictureSet *set)
{
  Table table;

  PetscFunctionBeginUser;
  PetscCall(TableRead(file, &table));
  PetscCall(CheckSizes(file, &table));
  PetscErrorCode ierr = 0;
  if (table.keys == 1) {
    ierr = PlotOnset(&table, &table.key[0], NULL, set);
  } else if (table.keys == 2) {
    ierr = PlotTwoKeys(&table, set);
  } else {
    ierr = PlotAllPanels(&table, set);
  }
  PetscCall(TableDestroy(&table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
