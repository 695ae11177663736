#include "mesh/mesh.h"

/* Length of a half mesh in units of its first spacing.  With an odd number of intervals the middle
   one belongs half to each side. */
static PetscReal HalfLength(PetscReal log_ratio, PetscInt intervals)
{
  const PetscInt whole = intervals / 2;
  const PetscReal sum = log_ratio == 0 ? whole : expm1(whole * log_ratio) / expm1(log_ratio);

  return intervals % 2 ? sum + 0.5 * PetscExpReal(whole * log_ratio) : sum;
}

/* ln of the ratio at which the half mesh is `length` first spacings long, by bisection: the length
   grows with the ratio.  The upper end keeps the powers below overflow. */
static PetscReal LogRatio(PetscReal length, PetscInt intervals)
{
  PetscReal low = 0, high = 700. / (intervals / 2), middle = 0.5 * high;

  if (length <= 0.5 * intervals) return 0;
  while (low < middle && middle < high) {
    if (HalfLength(middle, intervals) < length)
      low = middle;
    else
      high = middle;
    middle = 0.5 * (low + high);
  }
  return middle;
}

static void FillSpacing(Mesh *mesh, PetscReal thickness, PetscReal first_spacing)
{
  const PetscInt intervals = mesh->nodes - 1;
  const PetscReal log_ratio = LogRatio(0.5 * thickness / first_spacing, intervals);
  const PetscReal first = 0.5 * thickness / HalfLength(log_ratio, intervals);

  for (PetscInt i = 0; i < intervals; i++) {
    mesh->spacing[i] = first * PetscExpReal(PetscMin(i, intervals - 1 - i) * log_ratio);
  }
}

static void FillPositionsAndWidths(Mesh *mesh, PetscReal thickness)
{
  const PetscInt last = mesh->nodes - 1;

  mesh->x[0] = 0;
  for (PetscInt i = 0; i < last; i++) mesh->x[i + 1] = mesh->x[i] + mesh->spacing[i];
  mesh->x[last] = thickness;
  mesh->width[0] = 0.5 * mesh->spacing[0];
  for (PetscInt i = 1; i < last; i++) {
    mesh->width[i] = 0.5 * (mesh->spacing[i - 1] + mesh->spacing[i]);
  }
  mesh->width[last] = 0.5 * mesh->spacing[last - 1];
}

PetscErrorCode MeshCreateGraded(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                                Mesh *mesh)
{
  PetscFunctionBeginUser;
  PetscCheck(nodes >= 3 && thickness > 0 && first_spacing > 0, PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE,
             "a mesh of %" PetscInt_FMT " nodes, %g m, first spacing %g m", nodes,
             (double)thickness, (double)first_spacing);
  mesh->nodes = nodes;
  PetscCall(PetscMalloc3(nodes, &mesh->x, nodes, &mesh->width, nodes - 1, &mesh->spacing));
  FillSpacing(mesh, thickness, first_spacing);
  FillPositionsAndWidths(mesh, thickness);
  PetscFunctionReturn(0);
}

/* ---- for fronts ---- */

/* Spacings that a mesh for fronts keeps below, in units of one factor s common to them all, which
   is some 0.1 with 601 nodes: measured on films and separators at 1.2 times their depletion time
   (benchmarks/validation.md), where the error is flat around these values.
   GROWTH and IDLE_GROWTH: of the spacing per distance, from an electrode with a front and from one
   without; neighbours then differ by a factor of e^(s GROWTH).
   REACH_SHARE and EDGE_SHARE: of the reach or of the edge's width, whichever is more, up to the
   reach.
   PROFILE_SHARE: of the diffusion length a, times 1 + (x/(2 a))^2, for the salt's profile. */
#define GROWTH 1.
#define IDLE_GROWTH 1.2
#define REACH_SHARE 0.025
#define EDGE_SHARE 1.5
#define PROFILE_SHARE 0.09

/* Intervals of the plain mesh that the integral over 1/spacing is taken on, per one of the mesh. */
#define SAMPLES 8

typedef struct {
  PetscReal thickness, first_spacing;
  MeshFronts fronts;
  PetscInt samples;      // from each end to the middle
  PetscReal *distance;   // [samples + 1] from the end
  PetscReal *intervals;  // [2][samples + 1] of the mesh between the end and that distance
} Sampling;

/* Spacing of which the first interval comes out as first_spacing: with h = a + g x the spacings are
   in geometric progression from a (e^g - 1)/g on. */
static PetscReal GrowingSpacing(PetscReal first_spacing, PetscReal growth, PetscReal distance)
{
  return first_spacing * growth / expm1(growth) + growth * distance;
}

/* Allowed at this distance from an end by what happens there. */
static PetscReal SpacingAllowedBy(const Sampling *sampling, PetscInt end, PetscReal factor,
                                  PetscReal distance)
{
  const MeshFronts *fronts = &sampling->fronts;
  const PetscReal reach = fronts->reach[end], first = sampling->first_spacing;
  const PetscReal profile = 0.5 * distance / fronts->diffusion_length;
  PetscReal spacing;

  if (!(reach > 0)) return GrowingSpacing(first, factor * IDLE_GROWTH, distance);
  spacing = PetscMax(REACH_SHARE * reach, EDGE_SHARE * fronts->edge_width);
  spacing += GROWTH * PetscMax(0, distance - reach);
  spacing = PetscMin(spacing, PROFILE_SHARE * fronts->diffusion_length * (1 + PetscSqr(profile)));
  return PetscMin(PetscMax(first, factor * spacing),
                  GrowingSpacing(first, factor * GROWTH, distance));
}

static PetscReal SpacingAt(const Sampling *sampling, PetscInt end, PetscReal factor,
                           PetscReal distance)
{
  const PetscReal other_distance = sampling->thickness - distance;

  return PetscMin(SpacingAllowedBy(sampling, end, factor, distance),
                  SpacingAllowedBy(sampling, 1 - end, factor, other_distance));
}

/* The integral over 1/spacing from each end to the middle; together the intervals of the mesh. */
static PetscReal CountIntervals(Sampling *sampling, PetscReal factor)
{
  const PetscReal *distance = sampling->distance;
  const PetscInt samples = sampling->samples;

  for (PetscInt end = 0; end < 2; end++) {
    PetscReal *intervals = sampling->intervals + end * (samples + 1);
    intervals[0] = 0;
    for (PetscInt i = 0; i < samples; i++) {
      const PetscReal middle = 0.5 * (distance[i] + distance[i + 1]);
      intervals[i + 1] =
          intervals[i] + (distance[i + 1] - distance[i]) / SpacingAt(sampling, end, factor, middle);
    }
  }
  return sampling->intervals[samples] + sampling->intervals[2 * samples + 1];
}

/* ln of the intervals that come out over those wanted. */
static PetscReal Surplus(Sampling *sampling, PetscReal log_factor, PetscInt wanted)
{
  return PetscLogReal(CountIntervals(sampling, PetscExpReal(log_factor)) / wanted);
}

/* By regula falsi in logarithms, which the intervals fall almost straight over; an end that stays
   twice counts half (Dowell and Jarratt 1971).  What the last digits leave the middle interval
   takes. */
static void SolveFactor(Sampling *sampling, PetscInt wanted)
{
  PetscReal low = -50, high = 5, at_low = Surplus(sampling, low, wanted);
  PetscReal at_high = Surplus(sampling, high, wanted), at = at_high;
  PetscInt stayed = 0;  // the end that the last step left, -1 low, 1 high

  for (PetscInt i = 0; i < 100 && at_high < 0 && PetscAbsReal(at) > 1e-13; i++) {
    const PetscReal middle = (low * at_high - high * at_low) / (at_high - at_low);
    at = Surplus(sampling, middle, wanted);
    if (at > 0) {
      low = middle;
      at_low = at;
      if (stayed == 1) at_high *= 0.5;
      stayed = 1;
    } else {
      high = middle;
      at_high = at;
      if (stayed == -1) at_low *= 0.5;
      stayed = -1;
    }
  }
}

/* Distance from an end within which this many intervals lie, if they lie on its side. */
static PetscReal DistanceOf(const Sampling *sampling, PetscInt end, PetscInt count)
{
  const PetscReal *intervals = sampling->intervals + end * (sampling->samples + 1);
  PetscInt low = 0, high = sampling->samples;

  while (high - low > 1) {
    const PetscInt middle = (low + high) / 2;
    if (intervals[middle] <= count)
      low = middle;
    else
      high = middle;
  }
  return sampling->distance[low] + (sampling->distance[high] - sampling->distance[low]) *
                                       (count - intervals[low]) /
                                       (intervals[high] - intervals[low]);
}

/* Differences of distances from the nearer end, so that spacings keep their digits at both. */
static void FillFromSampling(const Sampling *sampling, Mesh *mesh)
{
  const PetscInt last = mesh->nodes - 1;
  const PetscInt on_left = (PetscInt)PetscFloorReal(sampling->intervals[sampling->samples]);
  PetscReal left = 0, right = 0;

  for (PetscInt i = 0; i < on_left; i++) {
    const PetscReal next = DistanceOf(sampling, 0, i + 1);
    mesh->spacing[i] = next - left;
    left = next;
  }
  for (PetscInt i = last - 1; i > on_left; i--) {
    const PetscReal next = DistanceOf(sampling, 1, last - i);
    mesh->spacing[i] = next - right;
    right = next;
  }
  mesh->spacing[on_left] = sampling->thickness - left - right;
}

static PetscErrorCode SamplingCreate(const Mesh *plain, PetscReal thickness,
                                     PetscReal first_spacing, const MeshFronts *fronts,
                                     Sampling *sampling)
{
  const PetscInt samples = (plain->nodes - 1) / 2;

  PetscFunctionBeginUser;
  *sampling = (Sampling){.thickness = thickness,
                         .first_spacing = first_spacing,
                         .fronts = *fronts,
                         .samples = samples};
  PetscCall(
      PetscMalloc2(samples + 1, &sampling->distance, 2 * (samples + 1), &sampling->intervals));
  for (PetscInt i = 0; i <= samples; i++) sampling->distance[i] = plain->x[i];
  PetscFunctionReturn(0);
}

PetscErrorCode MeshCreateForFronts(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                                   const MeshFronts *fronts, Mesh *mesh)
{
  Sampling sampling;
  Mesh plain;

  PetscFunctionBeginUser;
  PetscCall(MeshCreateGraded(nodes, thickness, first_spacing, mesh));
  if (!(fronts->reach[0] > 0 || fronts->reach[1] > 0)) PetscFunctionReturn(0);
  if (first_spacing >= thickness / (nodes - 1)) PetscFunctionReturn(0);
  PetscCall(
      MeshCreateGraded(2 * SAMPLES * (nodes - 1) + 1, thickness, first_spacing / SAMPLES, &plain));
  PetscCall(SamplingCreate(&plain, thickness, first_spacing, fronts, &sampling));
  SolveFactor(&sampling, nodes - 1);
  FillFromSampling(&sampling, mesh);
  FillPositionsAndWidths(mesh, thickness);
  PetscCall(PetscFree2(sampling.distance, sampling.intervals));
  PetscCall(MeshDestroy(&plain));
  PetscFunctionReturn(0);
}

PetscErrorCode MeshDestroy(Mesh *mesh)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(mesh->x, mesh->width, mesh->spacing));
  mesh->nodes = 0;
  PetscFunctionReturn(0);
}
