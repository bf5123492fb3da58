/*
 * Where OpenSSL gets its random numbers in our context: a provider with one
 * generator that hands on what the node's stream gives. Nothing is seeded and
 * nothing reseeded; the system's entropy is never asked.
 */
#include <assert.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "nodes/tls/internal.h"
#include "sim/base/arena.h"

#define NAME "understudy"
#define PARAMETER "tls"

enum { STRENGTH = 256, REQUEST_MAX = 65536 };

struct generator {
    const struct tls *tls; /* NULL until it is told */
    int state;
};

static void *new_generator(void *provider, void *parent, const OSSL_DISPATCH *parent_calls)
{
    (void)provider;
    (void)parent;
    (void)parent_calls;
    struct generator *generator = memory_zeroed(sizeof *generator);
    generator->state = EVP_RAND_STATE_UNINITIALISED;
    return generator;
}

static void free_generator(void *generator)
{
    free(generator);
}

static int instantiate(void *context, unsigned int strength, int prediction_resistance,
                       const unsigned char *text, size_t size, const OSSL_PARAM params[])
{
    (void)strength;
    (void)prediction_resistance;
    (void)text;
    (void)size;
    (void)params;
    ((struct generator *)context)->state = EVP_RAND_STATE_READY;
    return 1;
}

static int uninstantiate(void *context)
{
    ((struct generator *)context)->state = EVP_RAND_STATE_UNINITIALISED;
    return 1;
}

static int generate(void *context, unsigned char *out, size_t size, unsigned int strength,
                    int prediction_resistance, const unsigned char *more, size_t more_size)
{
    const struct generator *generator = context;
    uint64_t word = 0;
    (void)strength;
    (void)prediction_resistance;
    (void)more;
    (void)more_size;
    assert(generator->tls && generator->tls->random);
    for (size_t i = 0; i < size; i++, word >>= 8) {
        if (i % 8 == 0)
            word = random_next(generator->tls->random);
        out[i] = (unsigned char)word;
    }
    return 1;
}

static int get_params(void *context, OSSL_PARAM params[])
{
    const struct generator *generator = context;
    OSSL_PARAM *p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
    if (p && !OSSL_PARAM_set_int(p, generator->state))
        return 0;
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    if (p && !OSSL_PARAM_set_uint(p, STRENGTH))
        return 0;
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
    return !p || OSSL_PARAM_set_size_t(p, REQUEST_MAX);
}

/* Our own one: which run's numbers these are. */
static int set_params(void *context, const OSSL_PARAM params[])
{
    struct generator *generator = context;
    const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, PARAMETER);
    if (p && p->data_size == sizeof(struct tls *))
        memcpy(&generator->tls, p->data, sizeof(struct tls *));
    return 1;
}

static int enable_locking(void *context)
{
    (void)context;
    return 1; /* there is one thread */
}

/* Calls stand in OpenSSL's tables as pointers of one type, whatever they take. */
#define CALL(id, function)             \
    {                                  \
        id, (void (*)(void))(function) \
    }

static const OSSL_DISPATCH generator_calls[] = {
    CALL(OSSL_FUNC_RAND_NEWCTX, new_generator),
    CALL(OSSL_FUNC_RAND_FREECTX, free_generator),
    CALL(OSSL_FUNC_RAND_INSTANTIATE, instantiate),
    CALL(OSSL_FUNC_RAND_UNINSTANTIATE, uninstantiate),
    CALL(OSSL_FUNC_RAND_GENERATE, generate),
    CALL(OSSL_FUNC_RAND_GET_CTX_PARAMS, get_params),
    CALL(OSSL_FUNC_RAND_SET_CTX_PARAMS, set_params),
    CALL(OSSL_FUNC_RAND_ENABLE_LOCKING, enable_locking),
    {0, NULL},
};

static const OSSL_ALGORITHM algorithms[] = {
    {NAME, "provider=" NAME, generator_calls, "numbers of the node's stream"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? algorithms : NULL;
}

static const OSSL_DISPATCH provider_calls[] = {
    CALL(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
    {0, NULL},
};

static int init_provider(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                         const OSSL_DISPATCH **out, void **context)
{
    (void)in;
    *out = provider_calls;
    *context = (void *)(uintptr_t)handle;
    return 1;
}

static void tell(EVP_RAND_CTX *generator, const struct tls *tls)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(PARAMETER, &tls, sizeof tls),
        OSSL_PARAM_construct_end(),
    };
    int ok = generator && EVP_RAND_CTX_set_params(generator, params);
    assert(ok);
    (void)ok;
}

void tls_random_install(struct tls *tls)
{
    int ok = OSSL_PROVIDER_add_builtin(tls->context, NAME, init_provider);
    tls->randomness = ok ? OSSL_PROVIDER_load(tls->context, NAME) : NULL;
    ok = tls->randomness && RAND_set_DRBG_type(tls->context, NAME, NULL, NULL, NULL);
    assert(ok);
    (void)ok;
    tell(RAND_get0_primary(tls->context), tls);
    tell(RAND_get0_public(tls->context), tls);
    tell(RAND_get0_private(tls->context), tls);
}
