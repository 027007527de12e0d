/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that the standard library has under a second name. */
#ifndef STK_POLICY_ALIAS_H
#define STK_POLICY_ALIAS_H

/*
 * What the module calls itself that the standard library puts into
 * sys.modules as `name`: posixpath for os.path. NULL for any other. A rule
 * for `name` decides, unless one denies that other name itself.
 */
const char *stk_alias_of(const char *name);

#endif
