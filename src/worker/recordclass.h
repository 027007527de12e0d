/* SPDX-License-Identifier: Apache-2.0 */
/* Which class the values of a record are of: an exact one, from a fixed
 * table. */
#ifndef STK_WORKER_RECORDCLASS_H
#define STK_WORKER_RECORDCLASS_H

#include "worker/records.h"

/* New reference; NULL with an exception. */
PyObject *stk_recordclass_find(const stk_crossing *crossing,
                               enum stk_record record);

/* 0 where it is of none of them. Total. */
enum stk_record stk_recordclass_of(PyObject *object,
                                   const stk_crossing *crossing);

/* Whether it may be the tzinfo of a time: None, too. Total. */
bool stk_recordclass_is_zone(PyObject *object, const stk_crossing *crossing);

/* ValueError: the peer's record is of no kind that there is. NULL. */
PyObject *stk_recordclass_refuse(void);

#endif
