#include "mesh/mesh.h"

#include <math.h>

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

/* ---- for what there is to resolve ---- */

/* Spacings that the mesh keeps below, in units of one factor s common to them all, which is some
   0.1 with 601 nodes and a front: measured on films and separators (benchmarks/validation.md,
   benchmarks/promise.md), where the error is flat around these values.
   LAYER_SHARE: of the length over which a layer's charge decays.
   GROWTH and IDLE_GROWTH: of the spacing per distance, from an electrode with a front and from one
   without; neighbours then differ by a factor of e^(s GROWTH).
   REACH_SHARE and EDGE_SHARE: of the reach or of the edge's width, whichever is more, up to the
   reach.
   PROFILE_SHARE: of the diffusion length a, times 1 + (x/(2 a))^2, for the salt's profile;
   START_SHARE: of a, at an end without a layer. */
#define LAYER_SHARE 0.25
#define GROWTH 1.
#define IDLE_GROWTH 1.2
#define REACH_SHARE 0.025
#define EDGE_SHARE 1.5
#define PROFILE_SHARE 0.09
#define PROFILE_GROWTH 0.3
#define IDLE_PROFILE 3.
#define START_SHARE 0.003

/* Intervals of the plain mesh that the integral over 1/spacing is taken on, per one of the mesh. */
#define SAMPLES 8

/* Of the finest spacing at the factor 1, the first of those intervals. */
#define FINEST_SHARE 1e-3

/* The spacing that a layer wants, and then a growing one. */
typedef struct {
  PetscReal first;   // spacing at the end [m]
  PetscReal end;     // of the layer: where the spacing grows as fast as it may [m]
  PetscReal at_end;  // spacing there [m]
} Beginning;

typedef struct {
  PetscReal thickness, first_spacing;
  MeshNeeds needs;
  Beginning beginning[2];
  PetscInt samples;      // from each end to the middle
  PetscReal *distance;   // [samples + 1] from the end
  PetscReal *intervals;  // [2][samples + 1] of the mesh between the end and that distance
} Sampling;

/* A layer of points of charge has the potential 4 artanh(T), T = tanh(psi/4) exp(-x/lambda) (Gouy
   1910), and the charge density T (1 + T^2)/(1 - T^2)^2 up to a constant.  The scheme's error in
   the free energy is an integral over h^2 times about the square of that, and is least for a number
   of nodes where h goes as its power of -2/3. */
typedef struct {
  PetscReal t, one_minus_t2;  // T and 1 - T^2, which has its own digits
} Gouy;

static Gouy GouyAt(const MeshLayer *layer, PetscReal distance)
{
  const PetscReal x = PetscMax(0, distance - layer->crowded) / layer->length;
  const PetscReal at_wall = tanh(0.25 * layer->potential);

  return (Gouy){.t = at_wall * PetscExpReal(-x),
                .one_minus_t2 = 1 / PetscSqr(cosh(0.25 * layer->potential)) -
                                PetscSqr(at_wall) * expm1(-2 * x)};
}

/* Length over which the charge density decays, -rho/(d rho/dx). */
static PetscReal DecayLength(const MeshLayer *layer, const Gouy *at)
{
  const PetscReal t2 = PetscSqr(at->t);

  return layer->length / (1 + 2 * t2 / (1 + t2) + 4 * t2 / at->one_minus_t2);
}

static PetscReal LayerSpacing(const MeshLayer *layer, PetscReal distance)
{
  const Gouy wall = GouyAt(layer, 0), at = GouyAt(layer, distance);
  const PetscReal decay =
      at.t > 0 ? PetscSqr(wall.one_minus_t2 / at.one_minus_t2) * (at.t / wall.t) *
                     (1 + PetscSqr(at.t)) / (1 + PetscSqr(wall.t))
               : PetscExpReal(-PetscMax(0, distance - layer->crowded) / layer->length);

  return LAYER_SHARE * DecayLength(layer, &wall) / cbrt(PetscSqr(decay));
}

/* How fast that grows. */
static PetscReal LayerGrowth(const MeshLayer *layer, PetscReal distance)
{
  const Gouy at = GouyAt(layer, distance);

  return 2. / 3 * LayerSpacing(layer, distance) / DecayLength(layer, &at);
}

static PetscReal GrowthFrom(const MeshNeeds *needs, PetscInt end)
{
  return needs->reach[end] > 0 ? GROWTH : IDLE_GROWTH;
}

/* By bisection: a layer's spacing grows ever faster. */
static Beginning BeginningOf(const MeshNeeds *needs, PetscInt end)
{
  const MeshLayer *layer = &needs->layer[end];
  const PetscReal allowed = GrowthFrom(needs, end);
  PetscReal low = layer->crowded, high = layer->crowded + 50 * layer->length, middle;

  if (!(layer->length > 0)) {
    const PetscReal first = START_SHARE * needs->diffusion_length;
    return (Beginning){.first = first, .at_end = first};
  }
  for (middle = 0.5 * (low + high); low < middle && middle < high; middle = 0.5 * (low + high)) {
    if (LayerGrowth(layer, middle) < allowed)
      low = middle;
    else
      high = middle;
  }
  return (Beginning){
      .first = LayerSpacing(layer, 0), .end = middle, .at_end = LayerSpacing(layer, middle)};
}

/* Spacing of which the first interval comes out as first_spacing: with h = a + g x the spacings are
   in geometric progression from a (e^g - 1)/g on. */
static PetscReal GrowingSpacing(PetscReal first_spacing, PetscReal growth, PetscReal distance)
{
  return first_spacing * growth / expm1(growth) + growth * distance;
}

/* From the end on, whatever comes behind. */
static PetscReal SpacingFromEnd(const Sampling *sampling, PetscInt end, PetscReal factor,
                                PetscReal distance)
{
  const PetscReal growth = factor * GrowthFrom(&sampling->needs, end);
  const Beginning *beginning = &sampling->beginning[end];

  if (!isnan(sampling->first_spacing)) {
    return GrowingSpacing(sampling->first_spacing, growth, distance);
  }
  if (distance < beginning->end)
    return factor * LayerSpacing(&sampling->needs.layer[end], distance);
  return factor * beginning->at_end + growth * (distance - beginning->end);
}

/* For the salt's profile: a parabola, as it is flatter where it is deeper, but growing no faster
   than what later, wider profiles want. */
static PetscReal ProfileSpacing(const Sampling *sampling, PetscInt end, PetscReal distance)
{
  const MeshNeeds *needs = &sampling->needs;
  const PetscReal a = needs->diffusion_length;
  const PetscReal parabola = PROFILE_SHARE * a * (1 + PetscSqr(0.5 * distance / a));
  const PetscReal spacing = PetscMin(parabola, PROFILE_SHARE * a + PROFILE_GROWTH * distance);

  if (needs->reach[end] > 0) return spacing;
  if (!isnan(sampling->first_spacing)) return PETSC_INFINITY;
  return needs->layer[end].length > 0 ? IDLE_PROFILE * spacing : spacing;
}

/* Allowed at this distance from an end by what happens there. */
static PetscReal SpacingAllowedBy(const Sampling *sampling, PetscInt end, PetscReal factor,
                                  PetscReal distance)
{
  const MeshNeeds *needs = &sampling->needs;
  const PetscReal reach = needs->reach[end];
  PetscReal spacing = ProfileSpacing(sampling, end, distance);

  if (reach > 0) {
    spacing = PetscMin(spacing, PetscMax(REACH_SHARE * reach, EDGE_SHARE * needs->edge_width) +
                                    GROWTH * PetscMax(0, distance - reach));
  }
  spacing *= factor;
  if (!isnan(sampling->first_spacing)) spacing = PetscMax(spacing, sampling->first_spacing);
  return PetscMin(spacing, SpacingFromEnd(sampling, end, factor, distance));
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

/* Without a first spacing the intervals go as 1/factor. */
static void SolveProportionalFactor(Sampling *sampling, PetscInt wanted)
{
  (void)CountIntervals(sampling, CountIntervals(sampling, 1) / wanted);
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

/* The places are those of a plain mesh from `finest` on. */
static PetscErrorCode SamplingCreate(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                                     const MeshNeeds *needs, Sampling *sampling)
{
  const PetscInt samples = SAMPLES * (nodes - 1);
  PetscReal finest = first_spacing / SAMPLES;
  Mesh plain;

  PetscFunctionBeginUser;
  *sampling = (Sampling){
      .thickness = thickness, .first_spacing = first_spacing, .needs = *needs, .samples = samples};
  if (isnan(first_spacing)) {
    for (PetscInt end = 0; end < 2; end++) sampling->beginning[end] = BeginningOf(needs, end);
    finest = FINEST_SHARE * PetscMin(sampling->beginning[0].first, sampling->beginning[1].first);
  }
  PetscCall(MeshCreateGraded(2 * samples + 1, thickness, finest, &plain));
  PetscCall(
      PetscMalloc2(samples + 1, &sampling->distance, 2 * (samples + 1), &sampling->intervals));
  for (PetscInt i = 0; i <= samples; i++) sampling->distance[i] = plain.x[i];
  PetscCall(MeshDestroy(&plain));
  PetscFunctionReturn(0);
}

PetscErrorCode MeshCreateFor(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                             const MeshNeeds *needs, Mesh *mesh)
{
  const PetscBool given = (PetscBool)!isnan(first_spacing),
                  front = (PetscBool)(needs->reach[0] > 0 || needs->reach[1] > 0);
  Sampling sampling;

  PetscFunctionBeginUser;
  PetscCall(MeshCreateGraded(nodes, thickness, given ? first_spacing : thickness, mesh));
  if (given && (!front || first_spacing >= thickness / (nodes - 1))) PetscFunctionReturn(0);
  PetscCall(SamplingCreate(nodes, thickness, first_spacing, needs, &sampling));
  if (given)
    SolveFactor(&sampling, nodes - 1);
  else
    SolveProportionalFactor(&sampling, nodes - 1);
  FillFromSampling(&sampling, mesh);
  FillPositionsAndWidths(mesh, thickness);
  PetscCall(PetscFree2(sampling.distance, sampling.intervals));
  PetscFunctionReturn(0);
}

PetscErrorCode MeshDestroy(Mesh *mesh)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(mesh->x, mesh->width, mesh->spacing));
  mesh->nodes = 0;
  PetscFunctionReturn(0);
}
