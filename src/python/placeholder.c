/* SPDX-License-Identifier: Apache-2.0 */
/* An empty module: stands in until the room is there. */
#include <Python.h>

#include <stockade/error.h>

static PyModuleDef definition = { PyModuleDef_HEAD_INIT,
                                  .m_name = "_stockade" };

STK_API PyMODINIT_FUNC PyInit__stockade(void);

PyMODINIT_FUNC
PyInit__stockade(void)
{
    return PyModuleDef_Init(&definition);
}
