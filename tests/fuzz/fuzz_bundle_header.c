/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's header. What is taken is printed as the bytes that it was. */
#include <stdlib.h>
#include <string.h>

#include "trust/bundle_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_buffer again = STK_BUFFER_INIT(2 * STK_BUNDLE_HEADER_MAX);
    stk_bundle_header header;
    stk_refusal why = { STK_TRUST_NONE, "" };

    if (stk_bundle_header_parse(&header, data, size, &why) < 0) {
        if (why.trust == STK_TRUST_OK || !why.message[0])
            abort();
        return 0;
    }
    for (size_t i = 0; i < header.n_names; i++)
        if (!stk_bundle_holds(&header, header.names[i],
                              strlen(header.names[i])))
            abort();
    if (stk_bundle_header_measure(&header) != size)
        abort();
    stk_bundle_header_print(&again, &header);
    if (again.length != size || memcmp(again.data, data, size) != 0)
        abort();
    stk_buffer_clear(&again);
    stk_bundle_header_clear(&header);
    return 0;
}
