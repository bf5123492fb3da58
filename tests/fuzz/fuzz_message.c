/* Any octets as a message: read, walk, write anew, compare. */
#include "tests/support/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    roundtrip_message(bytes_of(data, size));
    return 0;
}
