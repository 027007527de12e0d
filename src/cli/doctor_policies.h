/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that are shipped to be extended. */
#ifndef STK_CLI_DOCTOR_POLICIES_H
#define STK_CLI_DOCTOR_POLICIES_H

/* The folder that they are in, freed by free(); NULL: not beside this
 * program. */
char *cli_policies_folder(void);

#endif
