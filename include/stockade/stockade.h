/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_STOCKADE_H
#define STOCKADE_STOCKADE_H

/*
 * stockade: decides, for every import of a CPython process, whether it may
 * happen, and writes down what it decided. This header includes the others.
 */

#include <stockade/audit.h>
#include <stockade/embed.h>
#include <stockade/error.h>
#include <stockade/guard.h>
#include <stockade/policy.h>
#include <stockade/sandbox.h>
#include <stockade/trust.h>

#define STK_VERSION "0.1.0"

#endif
