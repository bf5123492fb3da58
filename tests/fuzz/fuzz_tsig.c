/*
 * Any octets as a signed request and as the messages of a signed answer. The first
 * octet says where the input is cut in two. Nobody without the key gets anything
 * accepted; seeds were signed with it.
 */
#include <assert.h>

#include "nodes/dns/tsig.h"
#include "sim/base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1767225600) * NS_PER_S)

static const struct tsig_key key = {.name = (const uint8_t *)"\3key\7example",
                                    .algorithm = TSIG_HMAC_SHA256,
                                    .secret = {(const uint8_t *)"twenty octets of key", 20}};

static void receive(const struct message *message)
{
    static uint8_t answer[MESSAGE_UDP_PLAIN_MAX + TSIG_SIZE_MAX];
    struct tsig tsig;
    struct tsig_keys keys = {&key, 1};
    enum tsig_result result = tsig_receive(&tsig, &keys, message, NOW);
    if (result != TSIG_MALFORMED) {
        size_t size = message_make_query(answer, MESSAGE_UDP_PLAIN_MAX, message->id, FLAG_QR,
                                         message->qname, RR_SOA, 1232, false);
        size = tsig_sign(&tsig, answer, size, NOW);
        static struct message again;
        enum message_error error = message_parse(&again, bytes_of(answer, size));
        assert(error == MESSAGE_OK && again.tsig_at != 0);
        (void)error;
    }
    tsig_free(&tsig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message message;
    static uint8_t request[MESSAGE_UDP_PLAIN_MAX + TSIG_SIZE_MAX];
    struct tsig tsig;
    if (size == 0)
        return 0;
    size_t cut = data[0] * 4u < size - 1 ? data[0] * 4u : size - 1;
    struct bytes parts[] = {bytes_of(data + 1, cut), bytes_of(data + 1 + cut, size - 1 - cut)};
    tsig_begin(&tsig, &key);
    tsig_sign(&tsig, request,
              message_make_query(request, MESSAGE_UDP_PLAIN_MAX, 1, 0, key.name, RR_SOA, 0, false),
              NOW);
    for (int i = 0; i < 2; i++)
        if (message_parse(&message, parts[i]) == MESSAGE_OK) {
            tsig_verify(&tsig, &message, NOW);
            if (message.tsig_at != 0)
                receive(&message);
        }
    tsig_free(&tsig);
    return 0;
}
