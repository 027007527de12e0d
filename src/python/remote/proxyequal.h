/* SPDX-License-Identifier: Apache-2.0 */
/* What proxies are equal to, and their hashes. */
#ifndef STK_PYTHON_PROXYEQUAL_H
#define STK_PYTHON_PROXYEQUAL_H

#include "python/remote/proxynumber.h"
#include "python/remote/remote.h"

/* Of a value that is compared with one, when it crosses for that. */
#define STK_LIKENESS_BYTES (1u << 20)

/* What a worker says of one; none of it: it is equal to itself alone. */
typedef struct stk_proxy_likeness {
    PyObject *value; /* strong; an int, a float, a str that it is, or NULL */
    bool asked;      /* what it is equal to, it says */
    bool hashed;
    Py_hash_t hash;
} stk_proxy_likeness;

/* The fourth part of a handle. 0, or -1 with ValueError. */
int stk_proxy_read_likeness(stk_proxy_likeness *out, stk_reader *reader);

/* proxy.c */
stk_proxy_likeness *stk_proxy_likeness_of(PyObject *proxy); /* borrowed */
bool stk_proxy_is_same(PyObject *self, PyObject *other);

/* `how` is Py_EQ or Py_NE. */
PyObject *stk_proxy_equal(PyObject *self, PyObject *other, int how);
Py_hash_t stk_proxy_hash(PyObject *self);

#endif
