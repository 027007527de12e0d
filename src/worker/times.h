/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times as the parts of their records (records.h has which), and
 * back. All return a new reference, or NULL with an exception.
 */
#ifndef STK_WORKER_TIMES_H
#define STK_WORKER_TIMES_H

#include <stdbool.h>

#include "worker/values.h"

/* Whether its zone, if it has one, can cross. Total. */
bool stk_times_has_plain_zone(PyObject *object, const stk_crossing *crossing);

/* Of a time, or of a datetime where `day` is true. */
PyObject *stk_times_parts(PyObject *object, const stk_crossing *crossing,
                          bool day);
PyObject *stk_times_zone_parts(PyObject *object);

/* The parts are of the right types. */
PyObject *stk_times_make(PyObject *class, PyObject *number, PyObject *fold,
                         PyObject *zone);
PyObject *stk_times_make_datetime(PyObject *class, PyObject *parts,
                                  const stk_crossing *crossing);
PyObject *stk_times_make_zone(PyObject *class, PyObject *parts);

#endif
