/* Any octets as a message: read, walk, write anew, compare; look for an EDNS option. */
#include "tests/support/roundtrip.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message message;
    roundtrip_message(bytes_of(data, size));
    if (message_parse(&message, bytes_of(data, size)) == MESSAGE_OK) {
        int64_t expire_s = message_expire_s(&message);
        assert(expire_s >= -1 && expire_s <= UINT32_MAX);
        (void)expire_s;
    }
    return 0;
}
