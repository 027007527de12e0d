/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host says of a module that `preload` needs, within its hello: in
 * the conversation and by the op that a worker asks by, too. Before there is
 * a worker.
 */
#ifndef STK_WORKER_HOSTED_H
#define STK_WORKER_HOSTED_H

#include <Python.h>

#include "wire/channel.h"
#include "wire/conversation.h"

typedef struct stk_hosted {
    stk_channel *channel;
    stk_conversation *talk;
    int fds[STK_CHANNEL_FDS_MAX]; /* of its last answer: owned */
    unsigned n_fds;
} stk_hosted;

/* Asks for `name`, a str: [kind, is a package, data, origin], or None. New
 * reference; NULL with what the host has raised. Ends the process where the
 * host is gone. */
PyObject *stk_hosted_ask(stk_hosted *hosted, PyObject *name);

#endif
