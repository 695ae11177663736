#include <math.h>
#include <stdarg.h>

#include "benchmarks/validate_report.h"

PetscErrorCode ReportText(Report report, const char format[], ...)
{
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vfprintf(report->stream, format, arguments);
  va_end(arguments);
  PetscFunctionReturn(0);
}

PetscErrorCode ReportChecks(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\n| what | expected | computed | error | allowed | source | |\n"
                       "| --- | ---: | ---: | ---: | ---: | --- | --- |\n"));
  PetscFunctionReturn(0);
}

const char *ReportVerdict(Report report, PetscBool passed)
{
  if (passed) {
    report->passed++;
    return "pass";
  }
  report->failed++;
  return "**FAIL**";
}

static PetscErrorCode Row(Report report, const char what[], const char expected[],
                          PetscReal computed, PetscReal error, PetscReal allowed,
                          const char source[])
{
  const PetscBool passed = (PetscBool)(fabs(error) <= allowed);  // false of NaN

  PetscFunctionBeginUser;
  if (!passed) {
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "FAIL %s: expected %s, computed %.8g, error %.3g > %g\n",
                          what, expected, (double)computed, (double)error, (double)allowed));
  }
  PetscCall(ReportText(report, "| %s | %s | %.8g | %.2e | %.0e | %s | %s |\n", what, expected,
                       (double)computed, (double)error, (double)allowed, source,
                       ReportVerdict(report, passed)));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportClose(Report report, const char what[], PetscReal computed, PetscReal expected,
                           PetscReal allowed_relative_error, const char source[])
{
  char text[32];

  PetscFunctionBeginUser;
  PetscCall(TextPrint(text, sizeof text, "%.8g", (double)expected));
  PetscCall(
      Row(report, what, text, computed, computed / expected - 1, allowed_relative_error, source));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportNear(Report report, const char what[], PetscReal computed, PetscReal expected,
                          PetscReal allowed_error, const char source[])
{
  char text[32];

  PetscFunctionBeginUser;
  PetscCall(TextPrint(text, sizeof text, "%.6g", (double)expected));
  PetscCall(Row(report, what, text, computed, computed - expected, allowed_error, source));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportAtMost(Report report, const char what[], PetscReal computed, PetscReal bound,
                            const char source[])
{
  PetscFunctionBeginUser;
  PetscCall(Row(report, what, "0", computed, computed, bound, source));
  PetscFunctionReturn(0);
}

PetscErrorCode TextPrint(char text[], size_t size, const char format[], ...)
{
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vsnprintf(text, size, format, arguments);
  va_end(arguments);
  PetscFunctionReturn(0);
}

/* ---- plots ---- */

#define PLOT_FOLDER "benchmarks/validation/"

PetscErrorCode PlotBegin(Report report, const char name[], Plot *plot)
{
  PetscFunctionBeginUser;
  *plot = (Plot){.report = report, .name = name, .stream = popen("gnuplot", "w")};
  PetscCheck(plot->stream, PETSC_COMM_SELF, PETSC_ERR_SYS, "gnuplot cannot be started");
  PetscCall(PlotText(plot,
                     "set terminal pngcairo size 900,560 font 'sans,12'\n"
                     "set output '" PLOT_FOLDER "%s.png'\n"
                     "set grid lc '#dddddd' lt 1\nset key left top\nset format '%%g'\n",
                     name));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotText(Plot *plot, const char format[], ...)
{
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vfprintf(plot->stream, format, arguments);
  va_end(arguments);
  PetscFunctionReturn(0);
}

PetscErrorCode PlotEnd(Plot *plot, const char caption[])
{
  PetscFunctionBeginUser;
  if (pclose(plot->stream) != 0) {
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "gnuplot failed at %s\n", plot->name));
  }
  PetscCall(ReportText(plot->report, "\n![%s](validation/%s.png)\n\n*%s*\n", caption, plot->name,
                       caption));
  PetscFunctionReturn(0);
}

/* ---- numbers ---- */

/* Student's t at 97.5 % for 1, 2, ... degrees of freedom. */
static PetscReal Student(PetscInt freedom)
{
  static const PetscReal t[] = {12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};

  if (freedom < 1) return NAN;
  return freedom <= (PetscInt)PETSC_STATIC_ARRAY_LENGTH(t) ? t[freedom - 1] : 2.2;
}

static LineFit Fit(PetscInt count, PetscInt freedom, const PetscReal x[], const PetscReal y[])
{
  PetscReal mean_x = 0, mean_y = 0, xx = 0, xy = 0, residuals = 0;
  LineFit fit;

  for (PetscInt i = 0; i < count; i++) {
    mean_x += x[i] / (PetscReal)count;
    mean_y += y[i] / (PetscReal)count;
  }
  for (PetscInt i = 0; i < count; i++) {
    xx += PetscSqr(x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  fit.slope = xy / xx;
  fit.intercept = mean_y - fit.slope * mean_x;
  for (PetscInt i = 0; i < count; i++) {
    residuals += PetscSqr(y[i] - fit.intercept - fit.slope * x[i]);
  }
  fit.half_width = Student(freedom) * sqrt(residuals / (PetscReal)freedom / xx);
  return fit;
}

LineFit FitLine(PetscInt count, const PetscReal x[], const PetscReal y[])
{
  return Fit(count, count - 2, x, y);
}

/* What z explains is taken out of both first. */
LineFit FitPlane(PetscInt count, const PetscReal x[], const PetscReal z[], const PetscReal y[])
{
  const LineFit x_by_z = FitLine(count, z, x), y_by_z = FitLine(count, z, y);
  PetscReal rest_x[32], rest_y[32];

  for (PetscInt i = 0; i < PetscMin(count, 32); i++) {
    rest_x[i] = x[i] - x_by_z.intercept - x_by_z.slope * z[i];
    rest_y[i] = y[i] - y_by_z.intercept - y_by_z.slope * z[i];
  }
  return Fit(PetscMin(count, 32), count - 3, rest_x, rest_y);
}

PetscReal ObservedOrder(PetscReal coarse, PetscReal medium, PetscReal fine)
{
  return log2(fabs((coarse - medium) / (medium - fine)));
}
