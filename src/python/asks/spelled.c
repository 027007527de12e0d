/* SPDX-License-Identifier: Apache-2.0 */
/* The one who asks for an event that his own code spells. */
#include "python/asks/asker.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/object/spelling.h"

/* Functions of the standard library that hand out what they are given. */
static bool
hands_out(const char *module, PyCodeObject *code)
{
    static const struct {
        const char *module, *function;
    } known[] = {
        { "asyncio.base_tasks", "_task_get_stack" },
        { "inspect", "currentframe" },
        { "inspect", "getclosurevars" },
        { "inspect", "getcoroutinelocals" },
        { "inspect", "getgeneratorlocals" },
        { "inspect", "getinnerframes" },
        { "inspect", "getouterframes" },
        { "inspect", "stack" },
        { "inspect", "trace" },
        { "logging", "<lambda>" },
        { "logging", "currentframe" },
        { "traceback", "walk_stack" },
        { "traceback", "walk_tb" },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(module, known[i].module) &&
            !PyUnicode_CompareWithASCIIString(code->co_name,
                                              known[i].function))
            return true;
    return false;
}

/* The frame runs code of the module that called it, too. */
static bool
is_called_by_itself(const stk_interp *state, PyFrameObject *frame,
                    uint32_t importer)
{
    PyFrameObject *back =
        stk_frame_skip_importlib(state, PyFrame_GetBack(frame));
    bool same = back && stk_frame_tag(state, back).importer == importer;

    Py_XDECREF(back);
    return same;
}

bool
stk_asker_own(stk_asker *out, const stk_interp *state,
              const char *const *words, size_t n)
{
    PyFrameObject *frame = stk_frame_asking(state);
    stk_code_tag tag = { STK_CODE_UNKNOWN, 0 };
    PyCodeObject *code;
    bool own;

    if (!frame)
        return false;
    tag = stk_frame_tag(state, frame);
    code = PyFrame_GetCode(frame);
    own = tag.importer != 0 && stk_code_spells(code, words, n) &&
          (!hands_out(stk_importer_get(tag.importer).name, code) ||
           is_called_by_itself(state, frame, tag.importer));
    Py_DECREF(code);
    Py_DECREF(frame);
    if (!own)
        return false;
    stk_asker_innermost(out, state);
    out->n = 0;
    stk_asker_add(out, tag.importer);
    return true;
}
