#include "io/case_keys.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "io/case_values.h"
#include "io/electrolyte_library.h"

#define IN_CASE(field) .owner = KEY_OF_CASE, .offset = offsetof(Case, field)
#define IN_BOUNDARY(field) .owner = KEY_OF_BOUNDARY, .offset = offsetof(Boundary, field)
#define IN_STEP(field) .owner = KEY_OF_STEP, .offset = offsetof(ProtocolStep, field)

#define IN_ION(field) .owner = KEY_OF_ION, .offset = offsetof(Ion, field)
#define IN_LIBRARY(field) .owner = KEY_OF_LIBRARY, .offset = offsetof(LibraryElectrolyte, field)

#define ELECTRODE_ONLY .kinds = {"electrode"}
#define WITH_METAL .kinds = {"electrode", "blocking"}
#define STEP_OF_KIND(kind) \
  .controls = PETSC_TRUE, .step_kind = kind, .default_words = "one such key a step"

/* In the order of a case, which is also the order of reading: `kind` before what depends on it. */
const CaseKey case_keys[] = {
    {.name = "title",
     IN_CASE(title),
     .type = &value_text,
     .default_text = "",
     .meaning = "What the case is about."},
    {.name = "temperature",
     IN_CASE(temperature),
     .type = &value_quantity,
     .unit = "K",
     .default_text = "25 degC",
     .allowed = "> 0 K",
     .meaning = "Temperature of the cell, the same everywhere."},

    {.name = "electrolyte.library",
     IN_CASE(electrolyte.library),
     .type = &value_library,
     .default_text = "",
     .meaning = "A measured electrolyte that gives what this case does not give of diffusivity, "
                "transference_number, conductivity, thermodynamic_factor, validity, "
                "relative_permittivity and source."},
    {.name = "electrolyte.flux_law",
     IN_CASE(electrolyte.flux_law),
     .type = &value_name,
     .default_text = "dilute",
     .choices = {"dilute", "concentrated"},
     .meaning = "Law of the ions' fluxes. dilute is Nernst-Planck, with constant diffusivities of "
                "the ions: from diffusivity and transference_number at the initial concentration. "
                "concentrated is Stefan-Maxwell's, by all four measured properties of a 1:1 salt "
                "as they change with concentration."},
    {.name = "electrolyte.closure",
     IN_CASE(electrolyte.closure),
     .type = &value_choice,
     .default_text = "poisson",
     .choices = {"poisson", "electroneutral"},
     .meaning = "What fixes the potential: Poisson's equation, with charge layers resolved, or "
                "electroneutrality everywhere."},
    {.name = "electrolyte.concentration",
     IN_CASE(electrolyte.concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     .required = PETSC_TRUE,
     .allowed = "> 0 mol/L",
     .excludes = {"electrolyte.ions"},
     .meaning = "Concentration of the salt at the start, the same everywhere."},
    {.name = "electrolyte.diffusivity",
     IN_CASE(electrolyte.diffusivity),
     .type = &value_property,
     .unit = "m^2/s",
     .default_words = "required, or the ions'",
     .allowed = "> 0 m^2/s",
     .in_library = PETSC_TRUE,
     .excludes = {"electrolyte.ions"},
     .meaning = "Diffusivity of the salt in the free liquid; goes with transference_number."},
    {.name = "electrolyte.transference_number",
     IN_CASE(electrolyte.transference_number),
     .type = &value_property,
     .default_words = "required, or the ions'",
     .allowed = "> 0, < 1",
     .in_library = PETSC_TRUE,
     .dilute_law_allowed = PETSC_TRUE,
     .excludes = {"electrolyte.ions"},
     .meaning = "Share of the current that the cation carries without gradients. The concentrated "
                "law takes any value in closure electroneutral."},
    {.name = "electrolyte.conductivity",
     IN_CASE(electrolyte.conductivity),
     .type = &value_property,
     .unit = "S/m",
     .default_words = "required if concentrated",
     .allowed = "> 0 S/m",
     .in_library = PETSC_TRUE,
     .excludes = {"electrolyte.ions"},
     .meaning =
         "Ionic conductivity of the free liquid. Concentrated law only: in the dilute one it "
         "follows from the diffusivities."},
    {.name = "electrolyte.thermodynamic_factor",
     IN_CASE(electrolyte.thermodynamic_factor),
     .type = &value_property,
     .default_words = "required if concentrated",
     .in_library = PETSC_TRUE,
     .excludes = {"electrolyte.ions"},
     .meaning = "1 + dln f/dln c of the mean activity coefficient f. Concentrated law only, > 0 in "
                "closure poisson; the dilute law has 1."},
    {.name = "electrolyte.validity.concentration",
     IN_CASE(electrolyte.concentration_validity),
     .type = &value_quantity_or_none,
     .unit = "mol/m^3",
     .default_text = "[0.1 mol/L, none]",
     .default_words = "[0.1 mol/L, the tables' end or none]",
     .allowed = "> 0 mol/L",
     .list = PETSC_TRUE,
     .length = 2,
     .in_library = PETSC_TRUE,
     .meaning = "Range of the measurements, [low, high]; required with a formula. Above it every "
                "property keeps its value at the upper end; below it the solution goes over to "
                "an ideal dilute one."},
    {.name = "electrolyte.validity.temperature",
     IN_CASE(electrolyte.temperature_validity),
     .type = &value_quantity_or_none,
     .unit = "K",
     .default_text = "[0 K, none]",
     .allowed = ">= 0 K",
     .list = PETSC_TRUE,
     .length = 2,
     .in_library = PETSC_TRUE,
     .meaning = "Range of the measurements, [low, high]; the cell's temperature must lie in it."},
    {.name = "electrolyte.source",
     IN_CASE(electrolyte.source),
     .type = &value_text,
     .default_text = "",
     .in_library = PETSC_TRUE,
     .meaning = "Where the properties come from."},
    {.name = "electrolyte.cation_diffusivity",
     IN_CASE(electrolyte.ion[0].diffusivity),
     .type = &value_quantity,
     .unit = "m^2/s",
     .default_words = "from the salt's",
     .allowed = "> 0 m^2/s",
     .excludes = {"electrolyte.diffusivity", "electrolyte.transference_number", "electrolyte.ions"},
     .meaning = "Diffusivity of the cation in the free liquid; goes with anion_diffusivity."},
    {.name = "electrolyte.anion_diffusivity",
     IN_CASE(electrolyte.ion[1].diffusivity),
     .type = &value_quantity,
     .unit = "m^2/s",
     .default_words = "from the salt's",
     .allowed = "> 0 m^2/s",
     .excludes = {"electrolyte.diffusivity", "electrolyte.transference_number", "electrolyte.ions"},
     .meaning = "Diffusivity of the anion in the free liquid; goes with cation_diffusivity."},
    {.name = "electrolyte.cation_charge",
     IN_CASE(electrolyte.ion[0].charge),
     .type = &value_integer,
     .default_text = "1",
     .allowed = ">= 1",
     .excludes = {"electrolyte.ions"},
     .meaning = "Charge number of the cation."},
    {.name = "electrolyte.anion_charge",
     IN_CASE(electrolyte.ion[1].charge),
     .type = &value_integer,
     .default_text = "-1",
     .allowed = "<= -1",
     .excludes = {"electrolyte.ions"},
     .meaning = "Charge number of the anion."},
    {.name = "electrolyte.relative_permittivity",
     IN_CASE(electrolyte.relative_permittivity),
     .type = &value_quantity,
     .default_text = "20",
     .allowed = ">= 1",
     .in_library = PETSC_TRUE,
     .meaning = "Static relative permittivity of the solution. The default is an estimate for "
                "carbonate mixtures; it sets the Debye length."},
    {.name = "electrolyte.ion_size",
     IN_CASE(electrolyte.ion[0].size),
     .type = &value_quantity,
     .unit = "m",
     .default_text = "0 nm",
     .allowed = ">= 0 nm",
     .meaning = "Size of the ions, of which the volume is the cube: no ions are packed closer than "
                "that. 0: points."},
    {.name = "name",
     IN_ION(name),
     .type = &value_ion_name,
     .required = PETSC_TRUE,
     .meaning = "Name of the ion, as in the results. `ions` is a list of 2 to 8 in place of a "
                "salt's keys, for the dilute law: charges and concentrations must add up to zero. "
                "Of two, the cation counts as the first."},
    {.name = "charge",
     IN_ION(charge),
     .type = &value_integer,
     .required = PETSC_TRUE,
     .allowed = "!= 0",
     .meaning = "Charge number."},
    {.name = "diffusivity",
     IN_ION(diffusivity),
     .type = &value_quantity,
     .unit = "m^2/s",
     .required = PETSC_TRUE,
     .allowed = "> 0 m^2/s",
     .meaning = "Diffusivity in the free liquid."},
    {.name = "concentration",
     IN_ION(concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     .required = PETSC_TRUE,
     .allowed = "> 0 mol/L",
     .meaning = "Concentration at the start, the same everywhere."},
    {.name = "size",
     IN_ION(size),
     .type = &value_quantity,
     .unit = "m",
     .default_words = "electrolyte.ion_size",
     .allowed = ">= 0 nm",
     .meaning = "Size, of which the volume is the cube."},
    {.name = "electrolyte.reacting_ion",
     IN_CASE(electrolyte.reacting_ion),
     .type = &value_reacting_ion,
     .default_words = "the first cation",
     .meaning = "The ion that the electrodes exchange."},

    {.name = "separator.thickness",
     IN_CASE(separator.thickness),
     .type = &value_quantity,
     .unit = "m",
     .required = PETSC_TRUE,
     .allowed = "> 0 um",
     .meaning = "Distance between the electrodes."},
    {.name = "separator.porosity",
     IN_CASE(separator.porosity),
     .type = &value_quantity,
     .default_text = "1",
     .allowed = "> 0, <= 1",
     .meaning = "Share of the volume that is electrolyte; 1 is a free liquid."},
    {.name = "separator.bruggeman",
     IN_CASE(separator.bruggeman),
     .type = &value_quantity,
     .default_text = "1.5",
     .allowed = ">= 0",
     .meaning = "Exponent of the porosity in f = porosity^bruggeman, by which the pores reduce "
                "every transport coefficient."},
    {.name = "separator.tortuosity",
     IN_CASE(separator.tortuosity),
     .type = &value_quantity,
     .default_words = "none",
     .allowed = ">= 1",
     .excludes = {"separator.bruggeman"},
     .meaning = "Instead of the exponent: f = porosity/tortuosity."},

    {.name = "kind",
     IN_BOUNDARY(kind),
     .type = &value_boundary_kind,
     .default_text = "electrode",
     .meaning = "What stands at this end: lithium (electrode), a metal without reaction "
                "(blocking), a stirred bath (reservoir) or a cation-selective contact "
                "(selective)."},
    {.name = "exchange_current_density",
     IN_BOUNDARY(exchange_current_density),
     .type = &value_quantity,
     .unit = "A/m^2",
     ELECTRODE_ONLY,
     .default_text = "100 A/m^2",
     .allowed = "> 0 A/m^2",
     .meaning = "Exchange current density of the Butler-Volmer law at the reference concentration "
                "and the reference temperature."},
    {.name = "activation_energy",
     IN_BOUNDARY(activation_energy),
     .type = &value_quantity,
     .unit = "J/mol",
     ELECTRODE_ONLY,
     .default_text = "0 J/mol",
     .allowed = ">= 0 J/mol",
     .meaning = "Activation energy of the exchange current density (Arrhenius)."},
    {.name = "reference_temperature",
     IN_BOUNDARY(reference_temperature),
     .type = &value_quantity,
     .unit = "K",
     WITH_METAL,
     .default_text = "25 degC",
     .allowed = "> 0 K",
     .meaning = "Temperature at which the exchange current density and the conductivities of the "
                "film have the values given."},
    {.name = "cathodic_transfer_coefficient",
     IN_BOUNDARY(cathodic_transfer_coefficient),
     .type = &value_quantity,
     ELECTRODE_ONLY,
     .default_text = "0.5",
     .allowed = "> 0, < 1",
     .meaning = "Cathodic transfer coefficient; the anodic one is 1 minus this."},
    {.name = "reference_concentration",
     IN_BOUNDARY(reference_concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     ELECTRODE_ONLY,
     .default_words = "the initial one of the reacting ion",
     .allowed = "> 0 mol/L",
     .meaning = "Concentration of the reacting ion at which the equilibrium potential is 0."},
    {.name = "interface_capacitance",
     IN_BOUNDARY(interface_capacitance),
     .type = &value_quantity_or_none,
     .unit = "F/m^2",
     WITH_METAL,
     .default_text = "10 uF/cm^2",
     .default_kind = "electrode",
     .default_elsewhere = "none",
     .allowed = "> 0 uF/cm^2",
     .meaning = "Capacitance of the Stern layer; none: there is no such layer, and with closure "
                "poisson an electrode dissolves below its exchange_current_density only."},
    {.name = "zero_charge_potential",
     IN_BOUNDARY(zero_charge_potential),
     .type = &value_quantity,
     .unit = "V",
     WITH_METAL,
     .needs_stern_layer = PETSC_TRUE,
     .default_text = "0 V",
     .meaning = "Potential across the Stern layer at which it holds no charge."},
    {.name = "sei.inner.thickness",
     IN_BOUNDARY(sei.inner.thickness),
     .type = &value_quantity,
     .unit = "m",
     WITH_METAL,
     .default_text = "0 nm",
     .allowed = ">= 0 nm",
     .meaning = "Thickness of the film's inner layer, at the metal; 0: no such layer."},
    {.name = "sei.inner.conductivity",
     IN_BOUNDARY(sei.inner.conductivity),
     .type = &value_quantity,
     .unit = "S/m",
     WITH_METAL,
     .default_words = "required with a thickness",
     .allowed = "> 0 S/m",
     .meaning = "Ionic conductivity of the film's inner layer at the reference temperature."},
    {.name = "sei.inner.activation_energy",
     IN_BOUNDARY(sei.inner.activation_energy),
     .type = &value_quantity,
     .unit = "J/mol",
     WITH_METAL,
     .default_words = "0 J/mol",
     .allowed = ">= 0 J/mol",
     .meaning = "Activation energy of this conductivity (Arrhenius)."},
    {.name = "sei.outer.thickness",
     IN_BOUNDARY(sei.outer.thickness),
     .type = &value_quantity,
     .unit = "m",
     WITH_METAL,
     .default_text = "0 nm",
     .allowed = ">= 0 nm",
     .meaning = "Thickness of the film's outer layer; 0: no such layer."},
    {.name = "sei.outer.conductivity",
     IN_BOUNDARY(sei.outer.conductivity),
     .type = &value_quantity,
     .unit = "S/m",
     WITH_METAL,
     .default_words = "required with a thickness",
     .allowed = "> 0 S/m",
     .meaning = "Ionic conductivity of the film's outer layer at the reference temperature."},
    {.name = "sei.outer.activation_energy",
     IN_BOUNDARY(sei.outer.activation_energy),
     .type = &value_quantity,
     .unit = "J/mol",
     WITH_METAL,
     .default_words = "0 J/mol",
     .allowed = ">= 0 J/mol",
     .meaning = "Activation energy of this conductivity (Arrhenius)."},
    {.name = "concentration",
     IN_BOUNDARY(concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     .kinds = {"reservoir", "selective"},
     .default_words = "the initial one",
     .allowed = "> 0 mol/L",
     .meaning = "Concentration beyond this end: of the salt (reservoir; with `ions`, all of them "
                "in their proportions at the start) or of the reacting cation (selective)."},

    {.name = "current",
     IN_STEP(value),
     .type = &value_quantity,
     .unit = "A/m^2",
     STEP_OF_KIND(STEP_CURRENT),
     .allowed = ">= -1e12 A/m^2, <= 1e12 A/m^2",
     .meaning = "A step at this current density; > 0 plates the anode."},
    {.name = "current_ratio",
     IN_STEP(value),
     .type = &value_quantity,
     STEP_OF_KIND(STEP_CURRENT_RATIO),
     .allowed = ">= -1e9, <= 1e9",
     .meaning = "A step at this current in units of the limiting current. The ends must be two "
                "electrodes, or one and a reservoir at the initial concentration."},
    {.name = "rest",
     IN_STEP(duration),
     .type = &value_quantity,
     .unit = "s",
     STEP_OF_KIND(STEP_REST),
     .allowed = "> 0 s",
     .meaning = "A step without current, of this duration."},
    {.name = "voltage",
     IN_STEP(value),
     .type = &value_quantity,
     .unit = "V",
     STEP_OF_KIND(STEP_VOLTAGE),
     .meaning = "A step at this cell voltage; > 0 plates the anode."},
    {.name = "for",
     IN_STEP(duration),
     .type = &value_quantity_or_none,
     .unit = "s",
     .not_at_rest = PETSC_TRUE,
     .default_text = "none",
     .allowed = "> 0 s",
     .meaning = "Duration of the step at most. A step needs `for` or `until`."},
    {.name = "until",
     IN_STEP(until),
     .type = &value_condition,
     .list = PETSC_TRUE,
     .default_words = "none",
     .meaning = "A list of conditions; the first one that is met ends the step. The charge is the "
                "absolute one of this step."},

    {.name = "mesh.nodes",
     IN_CASE(mesh.nodes),
     .type = &value_integer,
     .default_text = "701",
     .allowed = ">= 5, <= 10000000",
     .meaning = "Number of mesh nodes, those on the electrodes included."},
    {.name = "mesh.first_spacing",
     IN_CASE(mesh.first_spacing),
     .type = &value_quantity,
     .default_words = "estimated from the case",
     .allowed = "> 0",
     .meaning =
         "Spacing of the nodes at the electrodes, in Debye lengths (of closure electroneutral, "
         "too: those the ions would have). From there on the spacing grows; where it would "
         "exceed thickness/(nodes - 1) the mesh is uniform. The default resolves the charged "
         "layers that the protocol will raise, in closure electroneutral the salt's profile "
         "at its steepest, and is finer the more nodes there are."},
    {.name = "mesh.front_reach",
     IN_CASE(mesh.front_reach),
     .type = &value_quantity,
     .unit = "m",
     .default_words = "estimated from the case",
     .allowed = ">= 0 m",
     .meaning = "How far the edge of the space charge will move away from an electrode that the "
                "protocol drives a current to: the mesh is fine up to there. 0 m: no finer there "
                "than where no space charge is expected."},
    {.name = "solver.relative_tolerance",
     IN_CASE(solver.relative_tolerance),
     .type = &value_quantity,
     .default_text = "1e-5",
     .allowed = ">= 1e-12, <= 0.1",
     .meaning = "Error allowed in a time step, relative to each quantity."},
    {.name = "solver.maximum_steps",
     IN_CASE(solver.maximum_steps),
     .type = &value_integer,
     .default_text = "1000000",
     .allowed = ">= 1",
     .meaning = "Time steps after which the solver gives up."},
    {.name = "onset.distance",
     IN_CASE(onset_distance),
     .type = &value_quantity,
     .default_text = "2",
     .allowed = "> 0",
     .meaning = "Distance from the electrode at which space_charge is watched, in units of the "
                "width x* of the layer that carries a limiting current."},
    {.name = "output.times",
     IN_CASE(output.times),
     .type = &value_integer,
     .default_text = "200",
     .allowed = ">= 1",
     .meaning = "Times a step at which fields are stored, evenly spaced."},
    {.name = "output.fields",
     IN_CASE(output.fields),
     .type = &value_choice,
     .default_text = "all",
     .choices = {"none", "last", "all"},
     .meaning = "Which of them are stored."},
    {.name = "output.compression",
     IN_CASE(output.compression),
     .type = &value_integer,
     .default_text = "0",
     .allowed = ">= 0, <= 9",
     .meaning =
         "Level of deflate that the stored numbers are compressed with. Level 1 makes a run's "
         "file about half as long and its writing three times as slow; 0: none."},

    {.name = "title",
     IN_LIBRARY(title),
     .type = &value_text,
     .default_text = "",
     .in_library = PETSC_TRUE,
     .meaning = "The electrolyte in a line."},
    {.name = "salt",
     IN_LIBRARY(salt),
     .type = &value_text,
     .default_text = "",
     .in_library = PETSC_TRUE,
     .meaning = "The salt."},
    {.name = "solvent",
     IN_LIBRARY(solvent),
     .type = &value_text,
     .default_text = "",
     .in_library = PETSC_TRUE,
     .meaning = "The solvent."},
    {.name = "remarks",
     IN_LIBRARY(remarks),
     .type = &value_text,
     .default_text = "",
     .in_library = PETSC_TRUE,
     .meaning = "What else a user should know, such as which values are not measured."},
};

const size_t number_of_case_keys = PETSC_STATIC_ARRAY_LENGTH(case_keys);

// ---- Names ----

/* Where the owners stand in a file.  The elements of a list are numbered: N stands for a number. */
static const struct {
  KeySet set;
  const char *name;
  KeyOwner owner;
} owners[] = {{KEYS_OF_CASE, "", KEY_OF_CASE},
              {KEYS_OF_CASE, "electrolyte.ions.N", KEY_OF_ION},
              {KEYS_OF_CASE, "anode", KEY_OF_BOUNDARY},
              {KEYS_OF_CASE, "counter_electrode", KEY_OF_BOUNDARY},
              {KEYS_OF_CASE, "protocol.N", KEY_OF_STEP},
              {KEYS_OF_LIBRARY, "", KEY_OF_CASE},
              {KEYS_OF_LIBRARY, "electrolyte", KEY_OF_LIBRARY}};

void CaseKeyName(const CaseKey *key, const char owner[], char name[KEY_NAME_LENGTH])
{
  snprintf(name, KEY_NAME_LENGTH, "%s%s%s", owner, owner[0] ? "." : "", key->name);
}

// One of all the names there are, and where it stands among them; zeroed: before the first.
typedef struct {
  char name[KEY_NAME_LENGTH];  // a list is given by its elements, "protocol.N.until.N"
  const CaseKey *key;
  PetscBool is_part;  // of a value: "electrolyte.diffusivity.unit"
  size_t next_owner, next_key, next_part;
} KnownName;

// The name of the key, or of the part of it that comes next; false where there is none.
static PetscBool NameOfPart(const CaseKey *key, const char owner[], KnownName *known)
{
  const ValuePart *const parts = key->type->parts;
  const size_t part = known->next_part++;

  if (part > 0 && (!parts || !parts[part - 1].name)) return PETSC_FALSE;
  known->key = key;
  known->is_part = (PetscBool)(part > 0);
  CaseKeyName(key, owner, known->name);
  if (key->list) strncat(known->name, ".N", KEY_NAME_LENGTH - strlen(known->name) - 1);
  if (part > 0) {
    const size_t used = strlen(known->name);
    snprintf(known->name + used, KEY_NAME_LENGTH - used, ".%s", parts[part - 1].name);
  }
  return PETSC_TRUE;
}

// The next of all the names; false past the last one.
static PetscBool NextName(KeySet set, KnownName *known)
{
  for (; known->next_owner < PETSC_STATIC_ARRAY_LENGTH(owners); known->next_owner++) {
    for (; known->next_key < number_of_case_keys; known->next_key++) {
      const CaseKey *const key = &case_keys[known->next_key];

      if (key->owner != owners[known->next_owner].owner || owners[known->next_owner].set != set ||
          (set == KEYS_OF_LIBRARY && !key->in_library))
        continue;
      if (NameOfPart(key, owners[known->next_owner].name, known)) return PETSC_TRUE;
      known->next_part = 0;
    }
    known->next_key = 0;
  }
  return PETSC_FALSE;
}

// The digits in front of `name`, where they are a whole part of it and a number as C writes it.
static size_t IndexLength(const char name[])
{
  const size_t length = strspn(name, "0123456789");
  const PetscBool whole = (PetscBool)(name[length] == '\0' || name[length] == '.');

  return whole && length < 9 && (name[0] != '0' || length == 1) ? length : 0;
}

// "protocol.3.current" as "protocol.N.current"; an N that the user wrote becomes a '?'.
static void NumbersToN(const char name[], char generic[KEY_NAME_LENGTH])
{
  size_t used = 0;

  while (*name && used < KEY_NAME_LENGTH - 1) {
    const size_t index = IndexLength(name), part = strcspn(name, "."), length = index ? 1 : part;

    snprintf(generic + used, KEY_NAME_LENGTH - used, "%.*s%s", (int)length,
             index                         ? "N"
             : part == 1 && name[0] == 'N' ? "?"
                                           : name,
             name[part] ? "." : "");
    used = strlen(generic);
    name += part + (name[part] == '.');
  }
  generic[used] = '\0';
}

// The reverse, with the numbers that stand in `numbered`; an N too many stays.
static void NToNumbers(const char generic[], const char numbered[], char name[KEY_NAME_LENGTH])
{
  size_t used = 0;

  while (*generic && used < KEY_NAME_LENGTH - 1) {
    const size_t part = strcspn(generic, ".");
    const PetscBool is_n = (PetscBool)(part == 1 && generic[0] == 'N');

    while (is_n && *numbered && !IndexLength(numbered)) {
      numbered += strcspn(numbered, ".");
      numbered += *numbered == '.';
    }
    const size_t index = is_n ? IndexLength(numbered) : 0;
    snprintf(name + used, KEY_NAME_LENGTH - used, "%.*s%s", (int)(index ? index : part),
             index ? numbered : generic, generic[part] ? "." : "");
    used = strlen(name);
    numbered += index;
    generic += part + (generic[part] == '.');
  }
  name[used] = '\0';
}

CaseNodeKind CaseNodeFind(KeySet set, const char name[], const CaseKey **key)
{
  char generic[KEY_NAME_LENGTH];
  KnownName known = {.name = ""};

  if (!name[0]) return NODE_SECTION;  // the file itself
  NumbersToN(name, generic);
  const size_t length = strlen(generic);
  while (NextName(set, &known)) {
    const char *const rest = known.name + length;

    *key = known.key;
    if (strcmp(generic, known.name) == 0) {
      if (known.is_part) return NODE_PART;
      return known.key->type->parts ? NODE_VALUE_OR_PARTS : NODE_VALUE;
    }
    if (strncmp(generic, known.name, length) || *rest != '.') continue;
    if (strcmp(rest, ".N") == 0) return NODE_VALUE_LIST;
    return strncmp(rest, ".N.", 3) == 0 ? NODE_LIST : NODE_SECTION;
  }
  return NODE_UNKNOWN;
}

// Levenshtein's; the texts are names, shorter than KEY_NAME_LENGTH.
size_t EditDistance(const char one[], const char other[])
{
  const size_t columns = strlen(other);
  size_t row[KEY_NAME_LENGTH];

  for (size_t j = 0; j <= columns; j++) row[j] = j;
  for (size_t i = 1; one[i - 1]; i++) {
    size_t diagonal = row[0];

    row[0] = i;
    for (size_t j = 1; j <= columns; j++) {
      const size_t replaced = diagonal + (one[i - 1] != other[j - 1]);

      diagonal = row[j];
      row[j] = PetscMin(replaced, PetscMin(row[j], row[j - 1]) + 1);
    }
  }
  return row[columns];
}

static const char *LastPart(const char name[])
{
  const char *const dot = strrchr(name, '.');

  return dot ? dot + 1 : name;
}

/* Likeness as a whole, or, where it is clear, in the last part: a key in the wrong section.  The
   former counts a little more. */
static size_t NameDistance(const char one[], const char other[])
{
  const size_t whole = 2 * EditDistance(one, other);
  const size_t last = EditDistance(LastPart(one), LastPart(other));

  return 3 * last <= strlen(LastPart(one)) ? PetscMin(whole, 2 * last + 1) : whole;
}

void CaseKeyNearest(KeySet set, const char name[], char nearest[KEY_NAME_LENGTH])
{
  char generic[KEY_NAME_LENGTH], best[KEY_NAME_LENGTH] = "";
  size_t best_distance = SIZE_MAX;
  KnownName known = {.name = ""};

  NumbersToN(name, generic);
  while (NextName(set, &known)) {
    // The name itself, then the sections it stands in.
    for (char *end = known.name + strlen(known.name); end; end = strrchr(known.name, '.')) {
      *end = '\0';
      if (strcmp(LastPart(known.name), "N") == 0) continue;
      const size_t distance = NameDistance(generic, known.name);
      if (distance >= best_distance) continue;
      best_distance = distance;
      strcpy(best, known.name);
    }
  }
  NToNumbers(best, name, nearest);
}

// ---- Where a key has a meaning ----

static PetscBool KindIsListed(const CaseKey *key, const char kind[])
{
  if (!key->kinds[0]) return PETSC_TRUE;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->kinds) && key->kinds[i]; i++) {
    if (strcmp(kind, key->kinds[i]) == 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool AppliesToBoundary(const CaseKey *key, const Boundary *boundary)
{
  // The kind is itself a key, the first one to be read, and applies before there is any.
  if (key->kinds[0] && !KindIsListed(key, BoundaryKindName(boundary->kind))) return PETSC_FALSE;
  return (PetscBool)(!key->needs_stern_layer || !IsNone(boundary->interface_capacitance));
}

static PetscBool AppliesToStep(const CaseKey *key, const ProtocolStep *step)
{
  if (key->controls) return (PetscBool)(key->step_kind == step->kind);
  return (PetscBool)(!key->not_at_rest || step->kind != STEP_REST);
}

PetscBool CaseKeyApplies(const CaseKey *key, const void *owner)
{
  switch (key->owner) {
    case KEY_OF_BOUNDARY:
      return AppliesToBoundary(key, (const Boundary *)owner);
    case KEY_OF_STEP:
      return AppliesToStep(key, (const ProtocolStep *)owner);
    default:
      return PETSC_TRUE;
  }
}

void CaseKeyCondition(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  text[0] = '\0';
  if (key->kinds[0]) {
    snprintf(text, KEY_TEXT_LENGTH, "only where kind is %s%s%s%s", key->kinds[0],
             key->kinds[1] ? " or " : "", key->kinds[1] ? key->kinds[1] : "",
             key->needs_stern_layer ? ", with an interface_capacitance" : "");
  } else if (key->not_at_rest) {
    snprintf(text, KEY_TEXT_LENGTH, "not in a rest, whose value is its duration");
  }
}

static PetscErrorCode SetField(const CaseKey *key, const char text[], void *field)
{
  const char *mistake;

  PetscFunctionBeginUser;
  PetscCall(key->type->read(key, text, field, &mistake));
  PetscCheck(!mistake, PETSC_COMM_SELF, PETSC_ERR_PLIB, "default of %s: %s", key->name, mistake);
  PetscFunctionReturn(0);
}

// The default of a list, "[0 K, none]".
static PetscErrorCode SetList(const CaseKey *key, PetscReal field[])
{
  const char *text = key->default_text + 1;
  char element[64];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < key->length; i++) {
    const size_t length = strcspn(text, ",]");

    snprintf(element, sizeof(element), "%.*s", (int)length, text);
    PetscCall(SetField(key, element, &field[i]));
    text += length + 1;
    text += strspn(text, " ");
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CaseKeySetDefault(const CaseKey *key, void *owner)
{
  void *const field = (char *)owner + key->offset;
  const char *text = key->default_text;

  PetscFunctionBeginUser;
  if (!key->type->read) PetscFunctionReturn(0);
  if (key->default_kind) {
    const char *const kind = BoundaryKindName(((const Boundary *)owner)->kind);

    if (strcmp(kind, key->default_kind)) text = key->default_elsewhere;
  }
  if (key->length) {
    PetscCall(SetList(key, (PetscReal *)field));
  } else if (text) {
    PetscCall(SetField(key, text, field));
  } else {
    *(PetscReal *)field = NAN;
  }
  PetscFunctionReturn(0);
}

// ---- For people ----

#define COLUMNS 100

// The length of as many whole words as fit into `width`.
static int WrappedLength(const char text[], int width)
{
  int length = (int)strlen(text);

  if (length <= width) return length;
  for (length = width; length > 0 && text[length] != ' ';) length--;
  return length > 0 ? length : width;  // one long word is cut
}

// One row of a table, on as many lines as its cells need; no blanks at the end of a line.
static void PrintRow(FILE *stream, size_t n, const int widths[], const char *cells[])
{
  PetscBool more = PETSC_TRUE;

  while (more) {
    int blanks = 0;

    more = PETSC_FALSE;
    for (size_t i = 0; i < n; i++) {
      const int length = WrappedLength(cells[i], widths[i]);

      if (length > 0) {
        fprintf(stream, "%*s%.*s", blanks, "", length, cells[i]);
        blanks = 0;
      }
      blanks += widths[i] - length + 2;
      cells[i] += length;
      cells[i] += strspn(cells[i], " ");
      more = (PetscBool)(more || *cells[i]);
    }
    fputc('\n', stream);
  }
}

static void DescribeDefault(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  if (key->default_kind) {
    snprintf(text, KEY_TEXT_LENGTH, "%s (%s), else %s", key->default_text, key->default_kind,
             key->default_elsewhere);
  } else if (!key->default_words && key->default_text && !key->default_text[0]) {
    snprintf(text, KEY_TEXT_LENGTH, "empty");
  } else {
    snprintf(text, KEY_TEXT_LENGTH, "%s",
             key->required        ? "required"
             : key->default_words ? key->default_words
             : key->default_text  ? key->default_text
                                  : "");
  }
}

static void DescribeMeaning(const CaseKey *key, char text[2 * KEY_TEXT_LENGTH])
{
  char condition[KEY_TEXT_LENGTH];

  CaseKeyCondition(key, condition);
  condition[0] = (char)toupper((unsigned char)condition[0]);
  snprintf(text, 2 * KEY_TEXT_LENGTH, "%s%s%s%s", key->meaning, condition[0] ? " " : "", condition,
           condition[0] ? "." : "");
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->excludes) && key->excludes[i]; i++) {
    const size_t used = strlen(text);

    snprintf(text + used, 2 * KEY_TEXT_LENGTH - used, "%s%s",
             i == 0 ? " Not together with " : " or ", key->excludes[i]);
  }
  if (key->excludes[0]) strncat(text, ".", 2 * KEY_TEXT_LENGTH - strlen(text) - 1);
}

static void PrintParts(FILE *stream, const CaseKey *key, const char name[])
{
  static const int widths[] = {43, COLUMNS - 45};
  char part_name[2 * KEY_NAME_LENGTH];

  for (const ValuePart *part = key->type->parts; part && part->name; part++) {
    snprintf(part_name, sizeof(part_name), "%s.%s", name, part->name);
    PrintRow(stream, 2, widths, (const char *[]){part_name, part->allowed});
  }
}

static void PrintKey(FILE *stream, const CaseKey *key, const char name[])
{
  static const int row_widths[] = {35, 7, 22, 30}, meaning_widths[] = {2, COLUMNS - 4};
  char defaults[KEY_TEXT_LENGTH], allowed[KEY_TEXT_LENGTH], meaning[2 * KEY_TEXT_LENGTH];

  DescribeDefault(key, defaults);
  key->type->allowed(key, allowed);
  DescribeMeaning(key, meaning);
  PrintRow(stream, 4, row_widths,
           (const char *[]){name, key->unit ? key->unit : "-", defaults, allowed});
  PrintRow(stream, 2, meaning_widths, (const char *[]){"", meaning});
  PrintParts(stream, key, name);
}

// A blank line where a section begins, and what a user has to know of it.
static void PrintSectionStart(FILE *stream, const CaseKey *key)
{
  fputc('\n', stream);
  if (key->owner == KEY_OF_LIBRARY) {
    fprintf(stream,
            "Keys of an electrolyte's file in the library. Besides them it takes those that "
            "electrolyte.library\nnames, without `electrolyte.` in front.\n\n");
  }
}

// What a key's section goes by: the first part of its name.
static void SectionOf(const CaseKey *key, const char name[], char section[KEY_NAME_LENGTH])
{
  if (key->owner == KEY_OF_LIBRARY) name = "a file of the library";
  snprintf(section, KEY_NAME_LENGTH, "%.*s", (int)strcspn(name, "."), name);
}

PetscErrorCode CaseKeysPrint(FILE *stream)
{
  static const char *const placeholders[] = {[KEY_OF_CASE] = "",
                                             [KEY_OF_ION] = "electrolyte.ions.N",
                                             [KEY_OF_BOUNDARY] = "anode",
                                             [KEY_OF_STEP] = "protocol.N",
                                             [KEY_OF_LIBRARY] = ""};
  char name[KEY_NAME_LENGTH], section[KEY_NAME_LENGTH], last_section[KEY_NAME_LENGTH] = "";

  PetscFunctionBeginUser;
  fprintf(stream,
          "Keys of a case. Below each key: its meaning. The first line gives the SI unit in which "
          "it is\nstored (any unit of that dimension may be written), the default and what is "
          "allowed.\nA counter_electrode takes the same keys as the anode, and the anode's values "
          "where it gives none.\nN numbers the ions and the steps of the protocol from 0. A value "
          "with a key `expression` below it\nis a constant or a mapping, {expression: ..., unit: "
          "...} or {table: ...}. A table is two columns of\nnumbers, ascending concentrations "
          "first, under a header: concentration [mol/L], diffusivity [m^2/s].\n");
  for (size_t k = 0; k < number_of_case_keys; k++) {
    CaseKeyName(&case_keys[k], placeholders[case_keys[k].owner], name);
    SectionOf(&case_keys[k], name, section);
    if (strcmp(section, last_section)) PrintSectionStart(stream, &case_keys[k]);
    strcpy(last_section, section);
    PrintKey(stream, &case_keys[k], name);
  }
  PetscFunctionReturn(0);
}
