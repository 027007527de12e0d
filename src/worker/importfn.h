/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before the import of a worker's Python. */
#ifndef STK_WORKER_IMPORTFN_H
#define STK_WORKER_IMPORTFN_H

/* From now on what is loaded is asked for, too: granted.h. While sys.path
 * still says where the standard library is. 0, or -1 with an exception. */
int stk_importfn_install(void);

/* An exception stands, with which the host has refused a module: importlib
 * would not tell it of a name behind `from package import`. */
void stk_importfn_see_refusal(void);

#endif
