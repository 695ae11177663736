#include <math.h>

#include "mesh/mesh.h"
#include "tests/support.h"

typedef struct {
  PetscInt nodes;
  PetscReal thickness, first_spacing;  // [m]
} Wanted;

/* From 100 nm to 1 cm, Debye lengths down to 1e-8 of it, odd and even numbers of nodes. */
static const Wanted graded[] = {
    {4, 1e-7, 1e-8},      {41, 1e-7, 2e-10},      {42, 1e-7, 2e-11},
    {201, 25e-6, 0.2e-9}, {202, 745e-6, 0.05e-9}, {101, 1e-2, 0.2e-10},
    {102, 1e-2, 1e-10},   {1001, 1e-2, 0.02e-10}, {2002, 1e-2, 0.2e-10},
};

static Mesh MeshOf(const Wanted *wanted)
{
  Mesh mesh;

  CallOrAbort(MeshCreateGraded(wanted->nodes, wanted->thickness, wanted->first_spacing, &mesh));
  return mesh;
}

/* Worst value of a property over the graded meshes. */
static PetscReal WorstOverMeshes(PetscReal (*property)(const Mesh *, const Wanted *))
{
  PetscReal worst = 0;

  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(graded); m++) {
    Mesh mesh = MeshOf(&graded[m]);
    worst = Worse(property(&mesh, &graded[m]), worst);
    CallOrAbort(MeshDestroy(&mesh));
  }
  return worst;
}

static PetscReal WidthsLackOfThickness(const Mesh *mesh, const Wanted *wanted)
{
  PetscReal sum = 0;

  for (PetscInt i = 0; i < mesh->nodes; i++) sum += mesh->width[i];
  return RelativeError(sum, wanted->thickness);
}

static void test_widths_add_up_to_the_thickness(PETSC_UNUSED void **state)
{
  assert_at_most(WorstOverMeshes(WidthsLackOfThickness), 1e-13);
}

static PetscReal FirstSpacingError(const Mesh *mesh, const Wanted *wanted)
{
  return RelativeError(mesh->spacing[0], wanted->first_spacing);
}

static void test_first_spacing_is_kept(PETSC_UNUSED void **state)
{
  assert_at_most(WorstOverMeshes(FirstSpacingError), 1e-12);
}

static PetscReal RatioVariation(const Mesh *mesh, PETSC_UNUSED const Wanted *wanted)
{
  const PetscReal ratio = mesh->spacing[1] / mesh->spacing[0];
  PetscReal worst = ratio > 1 ? 0 : PETSC_INFINITY;

  for (PetscInt i = 1; i < (mesh->nodes - 1) / 2; i++) {
    worst = Worse(RelativeError(mesh->spacing[i] / mesh->spacing[i - 1], ratio), worst);
  }
  return worst;
}

static void test_spacing_grows_by_a_constant_ratio(PETSC_UNUSED void **state)
{
  assert_at_most(WorstOverMeshes(RatioVariation), 1e-12);
}

static PetscReal Asymmetry(const Mesh *mesh, PETSC_UNUSED const Wanted *wanted)
{
  const PetscInt last = mesh->nodes - 1;
  PetscReal worst = 0;

  for (PetscInt i = 0; i <= last; i++) {
    worst = Worse(RelativeError(mesh->width[i], mesh->width[last - i]), worst);
  }
  for (PetscInt i = 0; i < last; i++) {
    worst = Worse(RelativeError(mesh->spacing[i], mesh->spacing[last - 1 - i]), worst);
  }
  return worst;
}

static void test_mesh_is_symmetric(PETSC_UNUSED void **state)
{
  assert_at_most(WorstOverMeshes(Asymmetry), 0);
}

/* Positions of nodes against their spacings, and of volumes between their faces. */
static PetscReal GeometryError(const Mesh *mesh, const Wanted *wanted)
{
  const PetscInt last = mesh->nodes - 1;
  PetscReal worst = PetscAbsReal(mesh->x[0]) + PetscAbsReal(mesh->x[last] - wanted->thickness);

  for (PetscInt i = 0; i < last; i++) {
    worst = Worse(PetscAbsReal(mesh->x[i + 1] - mesh->x[i] - mesh->spacing[i]), worst);
  }
  for (PetscInt i = 1; i < last; i++) {
    const PetscReal between = MeshFace(mesh, i) - MeshFace(mesh, i - 1);
    worst = Worse(PetscAbsReal(between - mesh->width[i]), worst);
  }
  return worst / wanted->thickness;
}

static void test_volumes_lie_between_faces_midway_between_nodes(PETSC_UNUSED void **state)
{
  assert_at_most(WorstOverMeshes(GeometryError), 1e-13);
}

static void test_mesh_is_uniform_where_the_first_spacing_asks_for_no_grading(
    PETSC_UNUSED void **state)
{
  const PetscReal first_spacings[] = {0.1, 0.11, 3};

  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(first_spacings); s++) {
    Mesh mesh = MeshOf(&(Wanted){11, 1, first_spacings[s]});
    PetscReal worst = 0;

    for (PetscInt i = 0; i < 10; i++) worst = Worse(RelativeError(mesh.spacing[i], 0.1), worst);
    CallOrAbort(MeshDestroy(&mesh));
    assert_at_most(worst, 1e-15);
  }
}

/* ---- for fronts ---- */

typedef struct {
  Wanted wanted;
  PetscReal reach[2], edge_width, diffusion_length;  // [m]
} WantedFronts;

/* From 100 nm to 1 cm, Debye lengths down to 1e-8 of it; fronts at either end and at both. */
static const WantedFronts for_fronts[] = {
    {{401, 1e-7, 2e-10}, {2e-8, 0}, 1e-9, 2.5e-8},
    {{601, 25e-6, 0.25e-10}, {7.3e-7, 0}, 4.6e-9, 5.5e-6},
    {{602, 25e-6, 0.25e-10}, {0, 12e-6}, 4.6e-9, 5.5e-6},
    {{601, 1e-3, 3e-11}, {3e-7, 3e-7}, 15e-9, 2e-4},
    {{402, 1e-2, 2e-11}, {1e-8, 0}, 5e-8, 2e-3},
    {{6001, 1e-2, 2e-12}, {5e-3, 5e-3}, 5e-8, 2e-3},
};

static MeshNeeds NeedsOf(const WantedFronts *w)
{
  return (MeshNeeds){.reach = {w->reach[0], w->reach[1]},
                     .edge_width = w->edge_width,
                     .diffusion_length = w->diffusion_length};
}

static Mesh MeshForFronts(const WantedFronts *w)
{
  const MeshNeeds needs = NeedsOf(w);
  Mesh mesh;

  CallOrAbort(
      MeshCreateFor(w->wanted.nodes, w->wanted.thickness, w->wanted.first_spacing, &needs, &mesh));
  return mesh;
}

/* Worst value of a property over the meshes for fronts. */
static PetscReal WorstForFronts(PetscReal (*property)(const Mesh *, const Wanted *))
{
  PetscReal worst = 0;

  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(for_fronts); m++) {
    Mesh mesh = MeshForFronts(&for_fronts[m]);
    worst = Worse(property(&mesh, &for_fronts[m].wanted), worst);
    CallOrAbort(MeshDestroy(&mesh));
  }
  return worst;
}

static PetscReal LargestRatio(const Mesh *mesh, PETSC_UNUSED const Wanted *wanted)
{
  PetscReal largest = 1;

  for (PetscInt i = 1; i < mesh->nodes - 1; i++) {
    const PetscReal ratio = mesh->spacing[i] / mesh->spacing[i - 1];
    if (!(ratio > 0)) return PETSC_INFINITY;
    largest = Worse(PetscMax(ratio, 1 / ratio), largest);
  }
  return largest;
}

static void test_fronts_leave_a_whole_and_smooth_mesh(PETSC_UNUSED void **state)
{
  assert_at_most(WorstForFronts(WidthsLackOfThickness), 1e-13);
  assert_at_most(WorstForFronts(GeometryError), 1e-13);
  assert_at_most(WorstForFronts(FirstSpacingError), 1e-2);
  assert_at_most(WorstForFronts(LargestRatio), 1.25);
}

static void test_fronts_at_both_ends_leave_a_symmetric_mesh(PETSC_UNUSED void **state)
{
  for (PetscInt nodes = 401; nodes <= 402; nodes++) {
    const WantedFronts both = {{nodes, 25e-6, 0.25e-10}, {7e-7, 7e-7}, 4.6e-9, 5.5e-6};
    Mesh mesh = MeshForFronts(&both);
    const PetscReal asymmetry = Asymmetry(&mesh, &both.wanted);

    CallOrAbort(MeshDestroy(&mesh));
    assert_at_most(asymmetry, 1e-9);
  }
}

static PetscReal LargestDifference(const Mesh *one, const Mesh *other)
{
  PetscReal worst = 0;

  for (PetscInt i = 0; i < one->nodes - 1; i++) {
    worst = Worse(RelativeError(one->spacing[i], other->spacing[i]), worst);
  }
  return worst;
}

static void test_mesh_without_a_reach_is_the_plain_one(PETSC_UNUSED void **state)
{
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(graded); m++) {
    const WantedFronts none = {graded[m], {0, 0}, 1e-9, 1e-6};
    Mesh plain = MeshOf(&graded[m]), mesh = MeshForFronts(&none);
    const PetscReal difference = LargestDifference(&mesh, &plain);

    CallOrAbort(MeshDestroy(&plain));
    CallOrAbort(MeshDestroy(&mesh));
    assert_at_most(difference, 0);
  }
}

/* Twice the intervals, half the first spacing: two for one everywhere, so that errors fall by the
   scheme's order. */
static void test_finer_mesh_for_fronts_is_finer_everywhere(PETSC_UNUSED void **state)
{
  WantedFronts wanted = {{601, 25e-6, 0.25e-10}, {7.3e-7, 0}, 4.6e-9, 5.5e-6};
  Mesh mesh = MeshForFronts(&wanted), fine;
  PetscReal worst = 0;

  wanted.wanted.nodes = 1201;
  wanted.wanted.first_spacing *= 0.5;
  fine = MeshForFronts(&wanted);
  for (PetscInt i = 0; i < 600; i++) {
    const PetscReal two = fine.spacing[2 * i] + fine.spacing[2 * i + 1];
    worst = Worse(RelativeError(two, mesh.spacing[i]), worst);
  }
  CallOrAbort(MeshDestroy(&mesh));
  CallOrAbort(MeshDestroy(&fine));
  assert_at_most(worst, 0.15);
}

/* Finest up to the reach and nearly uniform over most of it; the same nodes, plain, are coarser
   there. */
static void test_spacing_is_uniform_up_to_the_reach(PETSC_UNUSED void **state)
{
  const WantedFronts wanted = {{601, 25e-6, 0.25e-10}, {7.3e-7, 0}, 4.6e-9, 5.5e-6};
  Mesh mesh = MeshForFronts(&wanted);
  PetscReal smallest = PETSC_INFINITY, largest = 0;

  for (PetscInt i = 0; i < mesh.nodes - 1; i++) {
    if (mesh.x[i] < 0.1 * wanted.reach[0] || mesh.x[i + 1] > wanted.reach[0]) continue;
    smallest = PetscMin(smallest, mesh.spacing[i]);
    largest = PetscMax(largest, mesh.spacing[i]);
  }
  CallOrAbort(MeshDestroy(&mesh));
  assert_at_most(largest / smallest, 1.02);
  assert_at_most(largest, wanted.edge_width);
}

/* ---- for layers ---- */

typedef struct {
  PetscInt nodes;
  PetscReal thickness;  // [m]
  MeshNeeds needs;
} WantedLayers;

/* From 100 nm to 1 cm; weak and strong layers, packed ones, none; with a front and without. */
static const WantedLayers for_layers[] = {
    {701, 1e-7, {.layer = {{1e-9, 0.1, 0}, {1e-9, 20, 0}}, .diffusion_length = 2.5e-8}},
    {402, 25e-6, {.layer = {{2e-10, 3, 0}, {2e-10, 8, 0}}, .diffusion_length = 6e-6}},
    {701, 1e-2, {.layer = {{2e-10, 0, 0}, {2e-10, 4, 3e-10}}, .diffusion_length = 2.5e-3}},
    {701,
     1e-3,
     {.layer = {{2e-10, 2, 0}, {2e-10, 2, 0}},
      .reach = {1e-6, 0},
      .edge_width = 1e-8,
      .diffusion_length = 2e-4}},
    {701, 1e-3, {.diffusion_length = 2e-4}},
    {701, 25e-6, {.diffusion_length = 5e-8}},
};
#define FOR_LAYERS PETSC_STATIC_ARRAY_LENGTH(for_layers)

static Mesh MeshForLayers(const WantedLayers *w, PetscInt finer)
{
  Mesh mesh;

  CallOrAbort(MeshCreateFor(finer * (w->nodes - 1) + 1, w->thickness, NAN, &w->needs, &mesh));
  return mesh;
}

static void test_layers_leave_a_whole_and_smooth_mesh(PETSC_UNUSED void **state)
{
  for (size_t m = 0; m < FOR_LAYERS; m++) {
    const Wanted wanted = {.thickness = for_layers[m].thickness};
    Mesh mesh = MeshForLayers(&for_layers[m], 1);
    const PetscReal lack = WidthsLackOfThickness(&mesh, &wanted);
    const PetscReal error = GeometryError(&mesh, &wanted), ratio = LargestRatio(&mesh, &wanted);

    CallOrAbort(MeshDestroy(&mesh));
    assert_at_most(lack, 1e-13);
    assert_at_most(error, 1e-13);
    assert_at_most(ratio, 1.3);
  }
}

/* Without a first spacing the number of nodes alone says how fine a mesh is. */
static void test_twice_the_intervals_lie_two_in_each(PETSC_UNUSED void **state)
{
  for (size_t m = 0; m < FOR_LAYERS; m++) {
    Mesh mesh = MeshForLayers(&for_layers[m], 1), fine = MeshForLayers(&for_layers[m], 2);
    PetscReal worst = 0;

    for (PetscInt i = 0; i < mesh.nodes - 1; i++) {
      const PetscReal two = fine.spacing[2 * i] + fine.spacing[2 * i + 1];
      worst = Worse(RelativeError(two, mesh.spacing[i]), worst);
    }
    CallOrAbort(MeshDestroy(&mesh));
    CallOrAbort(MeshDestroy(&fine));
    assert_at_most(worst, 0.02);
  }
}

/* rho^2 h^3 of an interval, its share of the error, from the potential of Gouy's layer itself. */
static PetscReal ErrorShare(const Mesh *mesh, const MeshLayer *layer, PetscInt i)
{
  const PetscReal x = 0.5 * (mesh->x[i] + mesh->x[i + 1]) / layer->length;
  const PetscReal potential = 4 * atanh(tanh(0.25 * layer->potential) * exp(-x));

  return PetscSqr(sinh(potential)) * pow(mesh->spacing[i], 3);
}

static void test_intervals_of_a_layer_share_its_error(PETSC_UNUSED void **state)
{
  for (PetscReal potential = 0.01; potential < 20; potential *= 5) {
    const MeshNeeds needs = {.layer = {{1e-9, potential, 0}, {1e-9, 1, 0}},
                             .diffusion_length = 5e-6};
    PetscReal least = PETSC_INFINITY, most = 0;
    Mesh mesh;

    CallOrAbort(MeshCreateFor(701, 20e-6, NAN, &needs, &mesh));
    for (PetscInt i = 0; mesh.x[i + 1] < needs.layer[0].length; i++) {
      least = PetscMin(least, ErrorShare(&mesh, &needs.layer[0], i));
      most = PetscMax(most, ErrorShare(&mesh, &needs.layer[0], i));
    }
    CallOrAbort(MeshDestroy(&mesh));
    print_message("potential %g: errors %g to %g\n", (double)potential, (double)least,
                  (double)most);
    assert_at_most(most / least, 1.2);
  }
}

static void test_packed_ions_are_evenly_resolved(PETSC_UNUSED void **state)
{
  const MeshNeeds needs = {.layer = {{1e-9, 3, 2e-9}, {1e-9, 3, 0}}, .diffusion_length = 5e-6};
  PetscReal first, last = 0;
  Mesh mesh;

  CallOrAbort(MeshCreateFor(701, 20e-6, NAN, &needs, &mesh));
  first = mesh.spacing[0];
  for (PetscInt i = 0; mesh.x[i + 1] < needs.layer[0].crowded; i++) last = mesh.spacing[i];
  CallOrAbort(MeshDestroy(&mesh));
  assert_close(last, first, 1e-3);
}

static void test_impossible_meshes_are_refused(PETSC_UNUSED void **state)
{
  const Wanted impossible[] = {{2, 1, 0.1}, {11, 0, 0.1}, {11, -1, 0.1}, {11, 1, 0}, {11, NAN, 1}};

  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(impossible); m++) {
    const Wanted *wanted = &impossible[m];
    PetscErrorCode error;
    Mesh mesh;

    CallOrAbort(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
    error = MeshCreateGraded(wanted->nodes, wanted->thickness, wanted->first_spacing, &mesh);
    CallOrAbort(PetscPopErrorHandler());
    assert_int_equal(error, PETSC_ERR_ARG_OUTOFRANGE);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_widths_add_up_to_the_thickness),
      cmocka_unit_test(test_first_spacing_is_kept),
      cmocka_unit_test(test_spacing_grows_by_a_constant_ratio),
      cmocka_unit_test(test_mesh_is_symmetric),
      cmocka_unit_test(test_volumes_lie_between_faces_midway_between_nodes),
      cmocka_unit_test(test_mesh_is_uniform_where_the_first_spacing_asks_for_no_grading),
      cmocka_unit_test(test_fronts_leave_a_whole_and_smooth_mesh),
      cmocka_unit_test(test_fronts_at_both_ends_leave_a_symmetric_mesh),
      cmocka_unit_test(test_mesh_without_a_reach_is_the_plain_one),
      cmocka_unit_test(test_finer_mesh_for_fronts_is_finer_everywhere),
      cmocka_unit_test(test_spacing_is_uniform_up_to_the_reach),
      cmocka_unit_test(test_layers_leave_a_whole_and_smooth_mesh),
      cmocka_unit_test(test_twice_the_intervals_lie_two_in_each),
      cmocka_unit_test(test_intervals_of_a_layer_share_its_error),
      cmocka_unit_test(test_packed_ions_are_evenly_resolved),
      cmocka_unit_test(test_impossible_meshes_are_refused),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
