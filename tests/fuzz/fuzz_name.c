/* Any octets as a name's text and as two names in wire format. */
#include "tests/support/roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    roundtrip_name(bytes_of(data, size));
    return 0;
}
