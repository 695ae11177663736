#include <math.h>

#include "bc/physical_constants.h"
#include "solver/bernoulli.h"
#include "solver/driving_flux.h"
#include "tests/support.h"

typedef DrivingFlux (*Law)(const ConcentrationPair *c, PetscReal excess_jump,
                           PetscReal per_spacing);

static const Law driving_laws[] = {DrivingFluxBetween, NeutralDrivingFluxBetween};

static DrivingFlux Between(Law law, PetscReal c_left, PetscReal c_right, PetscReal jump)
{
  const ConcentrationPair c = {c_left, c_right, c_left - c_right, log(c_right / c_left)};

  return law(&c, jump, 1e6);
}

// c ~ exp(-u) carries no flux, however coarse the mesh and however strong the field.
static void test_driving_fluxes_vanish_at_equilibrium(PETSC_UNUSED void **state)
{
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(driving_laws); l++) {
    PetscReal worst = 0;

    for (PetscReal jump = -30; jump <= 30; jump += 2.5) {
      const PetscReal c_right = 1000 * exp(-jump);
      const DrivingFlux driving = Between(driving_laws[l], 1000, c_right, jump);
      const PetscReal one_way = PetscAbsReal(jump * driving.by_jump) + c_right * 1e6;
      worst = Worse(PetscAbsReal(driving.flux) / one_way, worst);
    }
    assert_at_most(worst, 1e-14);
  }
}

// Zero stays zero under a wrong prefactor; the drift limit, J = -c du/dx, does not.
static void test_driving_fluxes_are_drift_without_gradient(PETSC_UNUSED void **state)
{
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(driving_laws); l++) {
    assert_close(Between(driving_laws[l], 1000, 1000, 0.5).flux, -5e8, 1e-14);
    assert_close(Between(driving_laws[l], 1000, 1000, -40).flux, 4e10, 1e-14);
  }
}

// J = -dc/dx.
static void test_driving_fluxes_are_diffusion_without_field(PETSC_UNUSED void **state)
{
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(driving_laws); l++) {
    assert_close(Between(driving_laws[l], 1001, 1000, 0).flux, 1e6, 1e-14);
    assert_close(Between(driving_laws[l], 1, 1000, 0).flux, -9.99e8, 1e-14);
  }
}

/* The textbook form, where concentrations are far apart. */
static void test_driving_flux_between_unlike_nodes_is_the_exponential_fit(PETSC_UNUSED void **state)
{
  for (PetscReal jump = -40; jump <= 40; jump += 5) {
    const PetscReal textbook = (Bernoulli(jump) * 3 - Bernoulli(-jump) * 70) / 1e-6;
    assert_close(Between(DrivingFluxBetween, 3, 70, jump).flux, textbook, 1e-13);
  }
}

static void test_driving_flux_between_like_nodes_has_the_logarithmic_mean(PETSC_UNUSED void **state)
{
  for (PetscReal jump = -40; jump <= 40; jump += 5) {
    const PetscReal mean = (8 - 3) / log(8. / 3);
    assert_close(Between(DrivingFluxBetween, 3, 8, jump).flux, -(5 + mean * jump) / 1e-6, 1e-13);
  }
}

// Whatever the two forms and their mixture: never against the electrochemical potential.
static void test_driving_flux_is_down_the_electrochemical_potential(PETSC_UNUSED void **state)
{
  for (PetscReal ratio = -8; ratio <= 8; ratio += 0.37) {
    for (PetscReal jump = -20; jump <= 20; jump += 0.43) {
      const PetscReal flux = Between(DrivingFluxBetween, 5, 5 * exp(ratio), jump).flux;
      assert_on_all((ratio + jump) * flux < 0);
    }
  }
}

static PetscReal DifferenceQuotient(Law law, const PetscReal at[3], PetscInt argument)
{
  const PetscReal step = 1e-5 * (1 + PetscAbsReal(at[argument]));
  PetscReal up[3] = {at[0], at[1], at[2]}, down[3] = {at[0], at[1], at[2]};

  up[argument] += step;
  down[argument] -= step;
  return (Between(law, up[0], up[1], up[2]).flux - Between(law, down[0], down[1], down[2]).flux) /
         (up[argument] - down[argument]);
}

static void test_derivatives_of_driving_fluxes_are_their_differences(PETSC_UNUSED void **state)
{
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(driving_laws); l++) {
    PetscReal worst = 0;

    for (PetscReal jump = -12.3; jump <= 12.5; jump += 2.05) {
      for (PetscReal c_right = 0.7; c_right < 5e4; c_right *= 13) {
        const PetscReal at[3] = {50, c_right, jump};
        const DrivingFlux driving = Between(driving_laws[l], at[0], at[1], at[2]);
        const PetscReal derivative[3] = {driving.by_log_left / at[0], driving.by_log_right / at[1],
                                         driving.by_jump};

        for (PetscInt a = 0; a < 3; a++) {
          const PetscReal difference = DifferenceQuotient(driving_laws[l], at, a);
          const PetscReal unit = a < 2 ? 1e6 : (50 + c_right) * 1e6;
          worst = Worse(PetscAbsReal(derivative[a] - difference) / unit, worst);
        }
      }
    }
    assert_at_most(worst, 1e-7);
  }
}

/* The field that holds the anions still makes the cations diffuse twice as fast. */
static void test_neutral_pair_without_anion_flux_carries_twice_the_diffusion(
    PETSC_UNUSED void **state)
{
  for (PetscReal c_right = 1e-6; c_right < 1e6; c_right *= 7) {
    const PetscReal c_left = 10, potential_jump = log(c_right / c_left);
    const PetscReal anion =
        Between(NeutralDrivingFluxBetween, c_left, c_right, -potential_jump).flux;
    const PetscReal cation =
        Between(NeutralDrivingFluxBetween, c_left, c_right, potential_jump).flux;
    const PetscReal twice = 2 * (c_left - c_right) / 1e-6;

    assert_at_most(PetscAbsReal(anion), 1e-14 * PetscAbsReal(twice));
    assert_close(cation, twice, 1e-13);
  }
}

/* The drop of two nodes that differ by less than the last digit of their concentrations. */
static void test_concentration_drop_keeps_the_digits_of_the_deviations(PETSC_UNUSED void **state)
{
  const NodeState left = {.concentration = {1000}, .deviation = {3e-20}};
  const NodeState right = {.concentration = {1000}, .deviation = {1e-20}};
  const NodeState depleted = {.concentration = {1e-30}, .deviation = {1e-30 - 1000}};

  assert_close(ConcentrationDrop(&left, &right, 0), 2e-20, 1e-15);
  assert_close(ConcentrationDrop(&depleted, &left, 0), -1000, 1e-15);
}

static const FluxParameters salt = {
    .number_of_ions = 2, .charge = {2, -1}, .effective_diffusivity = {3e-10, 5e-10}};

static NodeState NodeOf(const PetscReal unknown[], PetscReal potential_left)
{
  NodeState node = {.potential_jump = unknown[2] - potential_left};

  for (PetscInt k = 0; k < 2; k++) {
    node.concentration[k] = 1000 * exp(unknown[k]);
    node.deviation[k] = 1000 * expm1(unknown[k]);
    node.log_ratio[k] = unknown[k];
  }
  return node;
}

// i = F^2 sum_k z_k^2 D_k c_k E/(R T).
static void test_dilute_law_has_the_conductivity_of_nernst_and_einstein(PETSC_UNUSED void **state)
{
  const PetscReal temperature = 298.15, field = 1e4, spacing = 1e-6;
  const PetscReal jump = -field * spacing * FARADAY / (GAS_CONSTANT * temperature);
  const FaceExtent uniform = {spacing, 0.5 * spacing, 0.5 * spacing};
  const NodeState left = {.concentration = {100, 200}};
  NodeState right = left;
  FaceFlux face;
  PetscReal current;

  right.potential_jump = jump;
  flux_law_dilute.evaluate(&salt, &left, &right, &uniform, NULL, PETSC_FALSE, &face);
  current = FARADAY * (2 * face.flux[0] - face.flux[1]);
  assert_close(
      current,
      FARADAY * FARADAY * (4 * 3e-10 * 100 + 5e-10 * 200) * field / (GAS_CONSTANT * temperature),
      1e-13);
}

// With the half volumes of a mesh that grows by 1.2 from node to node.
static const FaceExtent extent = {1e-6, 1.1e-6 / 2.4, 1.1e-6 / 2};

/* A law between two nodes whose unknowns are ln(c_k/1000), the potential and log_solvent. */
static FaceFlux FluxAt(const FluxLaw *law, const FluxParameters *parameters,
                       const PetscReal at[2][4])
{
  NodeState node[2];
  FaceFlux face;

  for (PetscInt side = 0; side < 2; side++) {
    node[side] = NodeOf(at[side], side ? at[0][2] : 0);
    node[side].log_solvent = at[side][3];
    if (!parameters->solution) continue;
    node[side].log_activity_coefficient = SolutionLogActivityCoefficient(
        parameters->solution, 0.5 * (node[side].concentration[0] + node[side].concentration[1]));
  }
  law->evaluate(parameters, &node[0], &node[1], &extent, NULL, PETSC_TRUE, &face);
  return face;
}

static PetscReal DerivativeError(const FluxLaw *law, const FluxParameters *parameters,
                                 const PetscReal at[2][4])
{
  const FaceFlux face = FluxAt(law, parameters, at);
  const PetscReal step = 1e-5;
  PetscReal worst = 0;

  for (PetscInt m = 0; m < 8; m++) {
    PetscReal up[2][4], down[2][4];

    CallOrAbort(PetscArraycpy(&up[0][0], &at[0][0], 8));
    CallOrAbort(PetscArraycpy(&down[0][0], &at[0][0], 8));
    up[m / 4][m % 4] += step;
    down[m / 4][m % 4] -= step;
    for (PetscInt k = 0; k < 2; k++) {
      const PetscReal exact = m < 4 ? face.by_left[k][m] : face.by_right[k][m - 4];
      const PetscReal difference =
          (FluxAt(law, parameters, up).flux[k] - FluxAt(law, parameters, down).flux[k]) /
          (2 * step);
      worst = Worse(PetscAbsReal(exact - difference), worst);
    }
  }
  return worst;
}

/* Faces of which one ion is in excess: by far, its nodes alike and between alike and unlike; by a
   little, of equal charges; and the other of the two. */
static const PetscReal charged_faces[][2][4] = {
    {{-1, -4, 0.3, 0}, {-0.8, -2.5, 1.2, 0}}, {{-3, -9, -0.4, 0}, {-1, -2.5, 3, 0}},
    {{-1, -20, 20, 0}, {-0.9, -2, 1, 0}},     {{-0.2, -0.21, 0.1, 0}, {0.3, 0.29, 0.7, 0}},
    {{-4, -1, 0.3, 0}, {-2.5, -0.8, 1.2, 0}}, {{-9, -3, 0.3, 0}, {-2.5, -1, -5, 0}}};

static void test_derivatives_of_the_dilute_law_are_its_differences(PETSC_UNUSED void **state)
{
  static const PetscReal at[2][4] = {{-0.4, 0.7, 1.1, -0.3}, {0.9, -2, -2.3, -0.1}};
  FluxParameters parameters = salt, of_one = salt;

  parameters.packing_weight[0] = 1;
  parameters.packing_weight[1] = 0.2;
  of_one.charge[0] = 1;
  for (PetscInt neutral = 0; neutral <= 1; neutral++) {
    parameters.electroneutral = (PetscBool)neutral;
    assert_at_most(DerivativeError(&flux_law_dilute, &parameters, at), 1e-8 * 3e-10 * 1000 / 1e-6);
  }
  parameters.electroneutral = PETSC_FALSE;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(charged_faces); i++) {
    const PetscReal(*const face)[4] = charged_faces[i];
    assert_at_most(DerivativeError(&flux_law_dilute, &parameters, face), 3e-8 * 5e-10 * 1e9);
    assert_at_most(DerivativeError(&flux_law_dilute, &of_one, face), 3e-8 * 5e-10 * 1e9);
  }
}

/* What drifts: by the derivative to the potential's jump [mol/m^3]. */
static PetscReal DriftingCharge(const FaceFlux *face)
{
  PetscReal charge = 0;

  for (PetscInt k = 0; k < 2; k++) {
    charge -= face->by_right[k][2] * 1e-6 / salt.effective_diffusivity[k];
  }
  return charge;
}

/* The force on a charged face is that on half the charge of either volume beside it. */
static void test_whole_charge_of_a_charged_face_drifts(PETSC_UNUSED void **state)
{
  static const PetscReal like[][2][4] = {{{-1, -4, 0.3, 0}, {-0.2, -3.1, 1.2, 0}},
                                         {{-3, -1, 0.3, 0}, {-3.4, -0.2, -4, 0}}};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(like); i++) {
    const FaceFlux face = FluxAt(&flux_law_dilute, &salt, like[i]);
    PetscReal charge = 0;

    for (PetscInt k = 0; k < 2; k++) {
      charge += salt.charge[k] * 1e9 *
                (extent.left * exp(like[i][0][k]) + extent.right * exp(like[i][1][k]));
    }
    assert_close(DriftingCharge(&face), charge, 1e-13);
  }
}

/* Whatever is added for the momentum: nothing flows at equilibrium. */
static void test_charged_faces_are_at_rest_in_equilibrium(PETSC_UNUSED void **state)
{
  for (PetscReal anion = -9; anion <= 9; anion += 0.61) {
    for (PetscReal jump = -1; jump <= 1; jump += 0.13) {
      const PetscReal at[2][4] = {{0.3, anion, 0, 0}, {0.3 - 2 * jump, anion + jump, jump, 0}};
      const FaceFlux face = FluxAt(&flux_law_dilute, &salt, at);
      for (PetscInt k = 0; k < 2; k++) {
        const PetscReal one_way =
            salt.effective_diffusivity[k] * 1e9 * exp(PetscMax(at[0][k], at[1][k]));
        assert_at_most(PetscAbsReal(face.flux[k]), 1e-13 * one_way);
      }
    }
  }
}

// Nor up the electrochemical potential.
static void test_charged_faces_dissipate(PETSC_UNUSED void **state)
{
  for (PetscReal anion = -9; anion <= 9; anion += 0.61) {
    for (PetscReal other = -9; other <= 9; other += 0.73) {
      for (PetscReal cation = -4; cation <= 4; cation += 0.37) {
        const PetscReal at[2][4] = {{0.3, anion, 0, 0}, {cation, other, 0.9, 0}};
        const FaceFlux face = FluxAt(&flux_law_dilute, &salt, at);
        assert_on_all((cation - 0.3 + 2 * 0.9) * face.flux[0] <= 0);
        assert_on_all((other - anion - 0.9) * face.flux[1] <= 0);
      }
    }
  }
}

/* ---- more than two ions ---- */

#define SEVERAL 4

static const FluxParameters several = {.number_of_ions = SEVERAL,
                                       .charge = {2, -1, 1, -2},
                                       .effective_diffusivity = {3e-10, 5e-10, 9e-10, 2e-10}};

/* Between two nodes whose unknowns are ln(c_k/1000), and the jump of the potential. */
static FaceFlux SeveralAt(const FluxParameters *parameters, const PetscReal at[2][SEVERAL],
                          PetscReal jump, const PetscReal scale[])
{
  NodeState node[2] = {{.potential = 0}, {.potential_jump = jump}};
  FaceFlux face;

  for (PetscInt side = 0; side < 2; side++) {
    for (PetscInt k = 0; k < parameters->number_of_ions; k++) {
      const PetscReal log_scale = scale ? log(scale[k]) : 0;
      node[side].log_ratio[k] = at[side][k];
      node[side].concentration[k] = 1000 * exp(at[side][k] - log_scale);
      node[side].deviation[k] = scale ? node[side].concentration[k] : 1000 * expm1(at[side][k]);
    }
  }
  flux_law_dilute.evaluate(parameters, &node[0], &node[1], &extent, scale, PETSC_TRUE, &face);
  return face;
}

/* In excess: cations by far, all nodes alike and some unlike; by so little that the shift is in
   part; anions. */
static const PetscReal several_faces[][2][SEVERAL] = {
    {{-1, -4, -2, -6}, {-0.8, -2.5, -1.2, -5.5}},
    {{-1, -20, -3, -30}, {-0.9, -2, -1.4, -9}},
    {{-0.2, 0.2, -0.6, -0.5}, {-0.1, 0.31, -0.6, -0.54}},
    {{-4, -1, -7, -0.5}, {-2.5, -0.8, -6.1, -1.3}},
    {{-4, -1, -7, -2.5}, {-2.5, -0.8, -4.1, -0.3}}};

static PetscReal SeveralDerivativeError(const PetscReal at[2][SEVERAL], PetscReal jump, PetscInt m)
{
  const FaceFlux face = SeveralAt(&several, at, jump, NULL);
  const PetscReal step = 1e-5;
  PetscReal worst = 0, moved[2][2][SEVERAL], jumps[2] = {jump, jump};
  FaceFlux up, down;

  CallOrAbort(PetscArraycpy(&moved[0][0][0], &at[0][0], 2 * SEVERAL));
  CallOrAbort(PetscArraycpy(&moved[1][0][0], &at[0][0], 2 * SEVERAL));
  for (PetscInt u = 0; u < 2; u++) {
    PetscReal *const x = m < 2 * SEVERAL ? &moved[u][m / SEVERAL][m % SEVERAL] : &jumps[u];
    *x += u ? step : -step;
  }
  down = SeveralAt(&several, moved[0], jumps[0], NULL);
  up = SeveralAt(&several, moved[1], jumps[1], NULL);
  for (PetscInt k = 0; k < SEVERAL; k++) {
    const PetscReal exact = m < SEVERAL ? face.by_left[k][m] : face.by_right[k][m - SEVERAL];
    const PetscReal difference = (up.flux[k] - down.flux[k]) / (2 * step);
    worst =
        Worse(PetscAbsReal(exact - difference) / (several.effective_diffusivity[k] * 1e9), worst);
  }
  return worst;
}

static void test_derivatives_between_several_ions_are_their_differences(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(several_faces); i++) {
    for (PetscInt m = 0; m <= 2 * SEVERAL; m++) {
      assert_at_most(SeveralDerivativeError(several_faces[i], 0.9, m), 3e-8);
      assert_at_most(SeveralDerivativeError(several_faces[i], -3.1, m), 3e-8);
    }
  }
}

static PetscReal ChargeOfVolumes(const FluxParameters *parameters, const PetscReal at[2][SEVERAL])
{
  PetscReal charge = 0;

  for (PetscInt k = 0; k < parameters->number_of_ions; k++) {
    charge +=
        parameters->charge[k] * 1e9 * (extent.left * exp(at[0][k]) + extent.right * exp(at[1][k]));
  }
  return charge;
}

/* The force on a charged face is that on half the charge of either volume beside it, which
   telescopes to the Maxwell stress; by the driving fluxes of two fields. */
static void test_whole_charge_of_several_ions_drifts(PETSC_UNUSED void **state)
{
  static const PetscReal like[][2][SEVERAL] = {{{-1, -4, -2, -6}, {-0.8, -3.5, -1.2, -5.5}},
                                               {{-4, -1, -7, -0.5}, {-3.5, -0.8, -6.1, -1.3}}};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(like); i++) {
    const FaceFlux low = SeveralAt(&several, like[i], -2, NULL);
    const FaceFlux high = SeveralAt(&several, like[i], 3, NULL);
    PetscReal force = 0;

    for (PetscInt k = 0; k < SEVERAL; k++) {
      force += (high.driving_flux[k] - low.driving_flux[k]) * extent.spacing;
    }
    assert_close(force, -5 * ChargeOfVolumes(&several, like[i]), 1e-12);
  }
}

/* Equilibrium is rest, and all else dissipates, ion by ion. */
static void test_several_ions_flow_down_their_own_potential(PETSC_UNUSED void **state)
{
  for (PetscReal jump = -1.1; jump <= 1.1; jump += 0.31) {
    for (PetscReal anion = -9; anion <= 3; anion += 0.37) {
      for (PetscReal off = -4; off <= 4; off += 0.5) {
        PetscReal at[2][SEVERAL] = {{0.3, anion, -0.5, anion - 1}};
        FaceFlux face;

        for (PetscInt k = 0; k < SEVERAL; k++) {
          at[1][k] = at[0][k] - several.charge[k] * jump + (k % 2 ? off : -off);
        }
        face = SeveralAt(&several, at, jump, NULL);
        for (PetscInt k = 0; k < SEVERAL; k++) {
          const PetscReal one_way =
              several.effective_diffusivity[k] * 1e9 * exp(PetscMax(at[0][k], at[1][k]));
          if (off == 0) assert_at_most(PetscAbsReal(face.flux[k]), 1e-13 * one_way);
          if (off != 0) assert_on_all((k % 2 ? off : -off) * face.flux[k] < 0);
        }
      }
    }
  }
}

/* Which of two equal ions is which makes no difference: a salt whose cations, or anions, go by two
   names. */
static void test_an_ion_by_two_names_flows_as_one(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(charged_faces); i++) {
    for (PetscInt twice = 0; twice < 2; twice++) {
      const PetscReal(*const face)[4] = charged_faces[i];
      const PetscReal jump = face[1][2] - face[0][2];
      const FaceFlux whole = FluxAt(&flux_law_dilute, &salt, face);
      PetscReal at[2][SEVERAL];
      FluxParameters split = salt;
      FaceFlux parts;

      split.number_of_ions = 3;
      split.charge[2] = split.charge[twice];
      split.effective_diffusivity[2] = split.effective_diffusivity[twice];
      for (PetscInt side = 0; side < 2; side++) {
        for (PetscInt k = 0; k < 2; k++) at[side][k] = face[side][k];
        at[side][2] = face[side][twice] + log(0.3);
        at[side][twice] += log(0.7);
      }
      parts = SeveralAt(&split, at, jump, NULL);
      assert_close(parts.flux[1 - twice], whole.flux[1 - twice], 1e-12);
      assert_close(parts.flux[twice] + parts.flux[2], whole.flux[twice], 1e-12);
    }
  }
}

/* 1e-12 of a third ion, of either sign, leaves the salt's fluxes as they are. */
static void test_traces_do_not_change_the_fluxes_of_a_salt(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(charged_faces); i++) {
    for (PetscInt z = -2; z <= 2; z += z == -1 ? 2 : 1) {
      const PetscReal(*const face)[4] = charged_faces[i];
      const FaceFlux without = FluxAt(&flux_law_dilute, &salt, face);
      const PetscReal trace = log(1e-12) + PetscMin(face[0][0], face[0][1]);
      FluxParameters with = salt;
      PetscReal at[2][SEVERAL];
      FaceFlux traced;

      with.number_of_ions = 3;
      with.charge[2] = z;
      with.effective_diffusivity[2] = 1e-9;
      for (PetscInt side = 0; side < 2; side++) {
        for (PetscInt k = 0; k < 2; k++) at[side][k] = face[side][k];
        at[side][2] = trace + 0.3 * (PetscReal)side;
      }
      traced = SeveralAt(&with, at, face[1][2] - face[0][2], NULL);
      for (PetscInt k = 0; k < 2; k++) assert_close(traced.flux[k], without.flux[k], 1e-10);
    }
  }
}

/* Concentrations over a scale give fluxes over it, whichever ion is in excess. */
static void test_scaled_ions_flow_as_unscaled_ones(PETSC_UNUSED void **state)
{
  static const PetscReal scale[SEVERAL] = {1, 1e-7, 1e-3, 1e-9};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(several_faces); i++) {
    const FaceFlux plain = SeveralAt(&several, several_faces[i], 1.3, NULL);
    const FaceFlux scaled = SeveralAt(&several, several_faces[i], 1.3, scale);

    for (PetscInt k = 0; k < SEVERAL; k++) {
      assert_close(scaled.flux[k] * scale[k], plain.flux[k], 1e-12);
      for (PetscInt m = 0; m < SEVERAL; m++) {
        const PetscReal unit = several.effective_diffusivity[k] * 1e9;
        assert_at_most(PetscAbsReal(scaled.by_left[k][m] * scale[k] - plain.by_left[k][m]),
                       1e-12 * unit);
        assert_at_most(PetscAbsReal(scaled.by_right[k][m] * scale[k] - plain.by_right[k][m]),
                       1e-12 * unit);
      }
    }
  }
}

/* 1 mol/L, in a free liquid. */
static FluxParameters ParametersOf(Electrolyte *electrolyte, Solution *solution)
{
  CallOrAbort(SolutionCreate(electrolyte, 298.15, solution));
  return (FluxParameters){
      .number_of_ions = 2,
      .charge = {1, -1},
      .effective_diffusivity = {electrolyte->ion[0].diffusivity, electrolyte->ion[1].diffusivity},
      .electroneutral = (PetscBool)(electrolyte->closure == CLOSURE_ELECTRONEUTRAL),
      .solution = *solution,
      .transport_factor = 1};
}

static Electrolyte SaltOf(Closure closure)
{
  Electrolyte electrolyte = BinaryCell(1, 1000, 2e-10, 0.3, 20, 1e-4).electrolyte;

  electrolyte.closure = closure;
  return electrolyte;
}

// Far from neutral and near to it, below the validity and above, in fields of both signs.
static void test_derivatives_of_the_concentrated_law_are_its_differences(PETSC_UNUSED void **state)
{
  static const PetscReal at[][2][4] = {{{-0.4, 0.7, 1.1, -0.3}, {0.9, -1, -2.3, -0.1}},
                                       {{0.1, 0.1, 0.2, 0}, {-0.2, -0.2, 0.25, 0}},
                                       {{-4, -4, 0.2, 0}, {-3.5, -3.6, 3.25, 0}},
                                       {{1.5, 1.2, 0.2, 0}, {1.6, 1.4, -5, 0}},
                                       {{-1, -30, 20, 0}, {-0.9, -10, 0, 0}}};

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Electrolyte electrolyte = SaltOf(closure);
    FluxParameters parameters;
    Solution solution;

    UseMeasuredElectrolyte(&electrolyte);
    parameters = ParametersOf(&electrolyte, &solution);
    parameters.packing_weight[0] = parameters.packing_weight[1] = 1;
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(at); i++) {
      const PetscReal error = DerivativeError(&flux_law_concentrated, &parameters, at[i]);
      assert_at_most(error, 3e-8 * 1e-9 * 1000 / 1e-6 * 20);
    }
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(charged_faces); i++) {
      const PetscReal error =
          DerivativeError(&flux_law_concentrated, &parameters, charged_faces[i]);
      if (closure == CLOSURE_POISSON) assert_at_most(error, 3e-8 * 1e-9 * 1000 / 1e-6 * 20);
    }
    CallOrAbort(SolutionDestroy(&solution));
    DestroyMeasured(&electrolyte);
  }
}

// TDF = 1 and Nernst and Einstein's conductivity: Lambda = 0, and each ion goes by itself.
static void test_concentrated_law_of_an_ideal_solution_is_the_dilute_law(PETSC_UNUSED void **state)
{
  static const PetscReal at[2][4] = {{-0.4, -0.4, 1.1, 0}, {0.9, 0.9, -2.3, 0}};
  static const PetscReal charged[2][4] = {{-0.4, 0.7, 1.1, 0}, {0.9, -2, -2.3, 0}};

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Electrolyte electrolyte = SaltOf(closure);
    const PetscReal(*const where)[4] = closure == CLOSURE_POISSON ? charged : at;
    FluxParameters parameters;
    Solution solution;
    FaceFlux dilute, concentrated;

    UseIdealElectrolyte(&electrolyte, 298.15);
    parameters = ParametersOf(&electrolyte, &solution);
    dilute = FluxAt(&flux_law_dilute, &parameters, where);
    concentrated = FluxAt(&flux_law_concentrated, &parameters, where);
    for (PetscInt k = 0; k < 2; k++) assert_close(concentrated.flux[k], dilute.flux[k], 1e-12);
    CallOrAbort(SolutionDestroy(&solution));
    DestroyMeasured(&electrolyte);
  }
}

// Equal ln(gamma c) +- phi on both sides: nothing flows, however unlike the two sides are.
static void test_concentrated_law_is_at_rest_in_equilibrium(PETSC_UNUSED void **state)
{
  Electrolyte electrolyte = SaltOf(CLOSURE_POISSON);
  PetscReal at[2][4] = {{0.3, 0.3, 0, 0}, {0, 0, 0, 0}};
  FluxParameters parameters;
  Solution solution;
  FaceFlux face;

  UseMeasuredElectrolyte(&electrolyte);
  parameters = ParametersOf(&electrolyte, &solution);
  for (PetscReal potential = -2; potential <= 2; potential += 0.5) {
    PetscReal coefficient = 0;
    // c_k gamma exp(z_k phi) is the same; gamma depends on c_+ + c_-: a fixed point.
    for (PetscInt i = 0; i < 200; i++) {
      const PetscReal change =
          SolutionLogActivityCoefficient(solution, 1000 * exp(0.3)).value - coefficient;
      at[1][0] = 0.3 + change - potential;
      at[1][1] = 0.3 + change + potential;
      coefficient =
          0.7 * coefficient +
          0.3 *
              SolutionLogActivityCoefficient(solution, 500 * (exp(at[1][0]) + exp(at[1][1]))).value;
    }
    at[1][2] = potential;
    face = FluxAt(&flux_law_concentrated, &parameters, at);
    for (PetscInt k = 0; k < 2; k++) {
      assert_at_most(PetscAbsReal(face.flux[k]), 1e-12 * 1e-9 * 1000 / 1e-6);
    }
  }
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&electrolyte);
}

// Without gradients the current is kappa E, and the cation carries t_+ of it.
static void test_concentrated_law_has_the_measured_conductivity_and_transference(
    PETSC_UNUSED void **state)
{
  static const PetscReal at[2][4] = {{0.2, 0.2, 0, 0}, {0.2, 0.2, 0.01, 0}};
  const PetscReal c = 1000 * exp(0.2), field = -0.01 * GAS_CONSTANT * 298.15 / FARADAY / 1e-6;

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Electrolyte electrolyte = SaltOf(closure);
    FluxParameters parameters;
    Solution solution;
    FaceFlux face;
    PetscReal current;

    UseMeasuredElectrolyte(&electrolyte);
    parameters = ParametersOf(&electrolyte, &solution);
    face = FluxAt(&flux_law_concentrated, &parameters, at);
    current = FARADAY * (face.flux[0] - face.flux[1]);
    assert_close(current, PropertyEvaluate(electrolyte.conductivity.function, c).value * field,
                 1e-12);
    assert_close(FARADAY * face.flux[0] / current,
                 PropertyEvaluate(electrolyte.transference_number.function, c).value, 1e-12);
    CallOrAbort(SolutionDestroy(&solution));
    DestroyMeasured(&electrolyte);
  }
}

// However strong the field that holds an ion back, its outflow stays its own to give: no drag of
// the other ion can ask of a node more than it has.
static void test_drag_does_not_empty_a_node_against_the_field(PETSC_UNUSED void **state)
{
  Electrolyte electrolyte = SaltOf(CLOSURE_POISSON);
  FluxParameters parameters;
  Solution solution;

  UseMeasuredElectrolyte(&electrolyte);
  parameters = ParametersOf(&electrolyte, &solution);
  for (PetscReal jump = -40; jump <= 40; jump += 2.5) {
    const PetscReal empty_left[2][4] = {{-1, -40, 0, 0}, {-1.1, -2, jump, 0}};
    const PetscReal empty_right[2][4] = {{-1, -2, 0, 0}, {-1.1, -40, jump, 0}};
    assert_at_most(FluxAt(&flux_law_concentrated, &parameters, empty_left).flux[1], 1e-15);
    assert_at_most(-FluxAt(&flux_law_concentrated, &parameters, empty_right).flux[1], 1e-15);
  }
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&electrolyte);
}

static void test_unknown_flux_law_is_refused(PETSC_UNUSED void **state)
{
  const FluxLaw *law;
  PetscErrorCode error;

  CallOrAbort(FluxLawFind(PETSC_COMM_SELF, "dilute", &law));
  assert_ptr_equal(law, &flux_law_dilute);
  CallOrAbort(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  error = FluxLawFind(PETSC_COMM_SELF, "diluted", &law);
  CallOrAbort(PetscPopErrorHandler());
  assert_int_equal(error, PETSC_ERR_USER_INPUT);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_driving_fluxes_vanish_at_equilibrium),
      cmocka_unit_test(test_driving_fluxes_are_drift_without_gradient),
      cmocka_unit_test(test_driving_fluxes_are_diffusion_without_field),
      cmocka_unit_test(test_driving_flux_between_unlike_nodes_is_the_exponential_fit),
      cmocka_unit_test(test_driving_flux_between_like_nodes_has_the_logarithmic_mean),
      cmocka_unit_test(test_driving_flux_is_down_the_electrochemical_potential),
      cmocka_unit_test(test_derivatives_of_driving_fluxes_are_their_differences),
      cmocka_unit_test(test_neutral_pair_without_anion_flux_carries_twice_the_diffusion),
      cmocka_unit_test(test_concentration_drop_keeps_the_digits_of_the_deviations),
      cmocka_unit_test(test_dilute_law_has_the_conductivity_of_nernst_and_einstein),
      cmocka_unit_test(test_derivatives_of_the_dilute_law_are_its_differences),
      cmocka_unit_test(test_whole_charge_of_a_charged_face_drifts),
      cmocka_unit_test(test_charged_faces_are_at_rest_in_equilibrium),
      cmocka_unit_test(test_charged_faces_dissipate),
      cmocka_unit_test(test_derivatives_between_several_ions_are_their_differences),
      cmocka_unit_test(test_whole_charge_of_several_ions_drifts),
      cmocka_unit_test(test_several_ions_flow_down_their_own_potential),
      cmocka_unit_test(test_an_ion_by_two_names_flows_as_one),
      cmocka_unit_test(test_traces_do_not_change_the_fluxes_of_a_salt),
      cmocka_unit_test(test_scaled_ions_flow_as_unscaled_ones),
      cmocka_unit_test(test_derivatives_of_the_concentrated_law_are_its_differences),
      cmocka_unit_test(test_concentrated_law_of_an_ideal_solution_is_the_dilute_law),
      cmocka_unit_test(test_concentrated_law_is_at_rest_in_equilibrium),
      cmocka_unit_test(test_concentrated_law_has_the_measured_conductivity_and_transference),
      cmocka_unit_test(test_drag_does_not_empty_a_node_against_the_field),
      cmocka_unit_test(test_unknown_flux_law_is_refused),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
