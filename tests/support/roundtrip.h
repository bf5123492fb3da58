/* What must hold for any octets at all that are read as a message or as a name. */
#ifndef TESTS_SUPPORT_ROUNDTRIP_H
#define TESTS_SUPPORT_ROUNDTRIP_H

#include "nodes/dns/message.h"

/* Reads WIRE as if it came from the network. If it is well formed: walks it, writes its records
 * into a new message and asserts that this reads the same, record by record. */
enum message_error roundtrip_message(struct bytes wire);

/* Reads DATA as a presentation format and as two names in wire format, and asserts what joins the
 * functions of name.h to each other. */
void roundtrip_name(struct bytes data);

#endif
