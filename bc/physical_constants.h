#ifndef SANDGLASS_BC_PHYSICAL_CONSTANTS_H
#define SANDGLASS_BC_PHYSICAL_CONSTANTS_H

/* CODATA 2018; exact since the SI of 2019 but for the permittivity. */
#define FARADAY 96485.33212331001             // [C/mol]
#define AVOGADRO 6.02214076e23                // [1/mol]
#define GAS_CONSTANT 8.31446261815324         // [J/(mol K)]
#define VACUUM_PERMITTIVITY 8.8541878128e-12  // [F/m]

#endif
