/* SPDX-License-Identifier: Apache-2.0 */
/* How much of an extension's file is ever loaded. */
#ifndef STK_TRUST_LOADABLE_H
#define STK_TRUST_LOADABLE_H

#include <stddef.h>

/*
 * The length of the beginning that has all that the program headers of an ELF
 * file speak of, and those: what follows are tables for linkers and debuggers.
 * `length` for what is no 64-bit, little-endian ELF file, or an odd one.
 */
size_t stk_loadable(const void *data, size_t length);

#endif
