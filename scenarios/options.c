/* Reading the command line with getopt_long, a table of options for each command. */
#include "scenarios/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/value.h"
#include "sim/base/arena.h"

static const char general_help[] =
    "Understudy rehearses secondary DNS: real name server and resolver code on a virtual\n"
    "network in virtual time.\n"
    "\n"
    "usage: understudy run SCENARIO.yaml...    run, judge the expectations, write reports\n"
    "       understudy check SCENARIO.yaml...  validate and give advice, run nothing\n"
    "       understudy graph SCENARIO.yaml -o FILE\n"
    "                                          draw the topology: .svg .png .pdf .dot\n"
    "       understudy serve SCENARIO.yaml NODE --listen ADDR:PORT\n"
    "                                          run one node on real sockets\n"
    "       understudy COMMAND --help          options and examples of a command\n"
    "       understudy --version\n"
    "\n"
    "exit: 0 all expectations held, 1 one did not, 2 bad input or usage, 3 the machine failed\n";

static const char run_help[] =
    "usage: understudy run SCENARIO.yaml... [options]\n"
    "\n"
    "Runs each scenario and writes its reports into a directory: summary.json,\n"
    "events.jsonl, topology.svg, topology.dot, capture.pcapng, capture/NODE.pcap.\n"
    "\n"
    "  -o, --output DIR     where to (default understudy-out/NAME); several: DIR/NAME each.\n"
    "                       Directories above it are made\n"
    "      --seed N         another seed than the scenario's\n"
    "      --set PATH=VALUE change the scenario: segments of PATH are separated by '/'\n"
    "      --capture FILTER keep only packets that match a pcap filter, in which nodes may\n"
    "                       be named; 'none': no captures\n"
    "      --check          run again in a fresh process and compare every event\n"
    "  -q, --quiet          print nothing but errors and expectations that did not hold\n"
    "\n"
    "examples:\n"
    "  understudy run scenarios/failover.yaml\n"
    "  understudy run scenarios/failover.yaml --seed 7 -o /tmp/seven\n"
    "  understudy run scenarios/failover.yaml --set timeline/2/at=3h\n"
    "  understudy run scenarios/failover.yaml --capture 'host hidden and tcp'\n";

static const char check_help[] =
    "usage: understudy check SCENARIO.yaml... [--set PATH=VALUE]...\n"
    "\n"
    "Reads each scenario and its zone files, says everything that is wrong with it, and\n"
    "what an operator would be advised (RFC 2182, RFC 1912, RFC 9199). Runs nothing.\n"
    "\n"
    "example:\n"
    "  understudy check scenarios/failover.yaml\n";

static const char graph_help[] =
    "usage: understudy graph SCENARIO.yaml -o FILE [--set PATH=VALUE]...\n"
    "\n"
    "Draws the topology of a scenario; the ending of FILE says how: .svg .png .pdf .dot\n"
    "Directories above FILE are made.\n"
    "\n"
    "example:\n"
    "  understudy graph scenarios/failover.yaml -o topology.svg\n";

static const char serve_help[] =
    "usage: understudy serve SCENARIO.yaml NODE --listen ADDR:PORT [options]\n"
    "\n"
    "Runs one server or resolver of a scenario on real sockets and in real time: the same\n"
    "code that answers in the simulator, for dig, NSD, Knot DNS or BIND to talk to. Changes\n"
    "that the timeline has for the node are made when their time comes. Ends on SIGINT or\n"
    "SIGTERM.\n"
    "\n"
    "      --listen ADDR:PORT     where the node's port 53 is, UDP and TCP; ADDR is numeric, an\n"
    "                             IPv6 one in brackets: 127.0.0.1:5300, [::1]:5300\n"
    "      --listen-tls ADDR:PORT where its port 853 is: TLS; without it there is none\n"
    "      --map NODE=ADDR:PORT   where another node of the scenario really is; without it,\n"
    "                             nothing reaches that node\n"
    "      --map-tls NODE=ADDR:PORT\n"
    "                             the same for its port 853\n"
    "      --ca FILE              trust the certificates in it too, authorities' or servers' own\n"
    "      --write-ca FILE        write the scenario's authority there, for others to trust\n"
    "      --state DIR            keep zones and journals there, and begin with what is there\n"
    "      --set PATH=VALUE       change the scenario\n"
    "  -q, --quiet                print nothing but errors\n"
    "\n"
    "examples:\n"
    "  understudy serve scenarios/failover.yaml hidden --listen 127.0.0.1:5300 \\\n"
    "      --map ns1=127.0.0.2:5301\n"
    "  understudy serve scenarios/failover.yaml ns1 --listen 127.0.0.2:5301 \\\n"
    "      --map hidden=127.0.0.1:5300 --state /tmp/ns1\n"
    "  understudy serve scenarios/failover.yaml hidden --listen '[::1]:5300'\n";

enum {
    OPTION_SEED = 256,
    OPTION_SET,
    OPTION_CAPTURE,
    OPTION_CHECK,
    OPTION_COMPARE,
    OPTION_LISTEN,
    OPTION_LISTEN_TLS,
    OPTION_MAP,
    OPTION_MAP_TLS,
    OPTION_CA,
    OPTION_WRITE_CA,
    OPTION_STATE
};

static const struct option run_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"set", required_argument, NULL, OPTION_SET},
    {"capture", required_argument, NULL, OPTION_CAPTURE},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"compare", required_argument, NULL, OPTION_COMPARE}, /* not for people: see run.c */
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct option check_options[] = {
    {"set", required_argument, NULL, OPTION_SET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct option graph_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"set", required_argument, NULL, OPTION_SET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct option serve_options[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"listen-tls", required_argument, NULL, OPTION_LISTEN_TLS},
    {"map", required_argument, NULL, OPTION_MAP},
    {"map-tls", required_argument, NULL, OPTION_MAP_TLS},
    {"ca", required_argument, NULL, OPTION_CA},
    {"write-ca", required_argument, NULL, OPTION_WRITE_CA},
    {"state", required_argument, NULL, OPTION_STATE},
    {"set", required_argument, NULL, OPTION_SET},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct {
    const char *name;
    const char *help;
    const char *letters;
    const struct option *options;
} commands[] = {
    [COMMAND_RUN] = {"run", run_help, "o:qh", run_options},
    [COMMAND_CHECK] = {"check", check_help, "h", check_options},
    [COMMAND_GRAPH] = {"graph", graph_help, "o:h", graph_options},
    [COMMAND_SERVE] = {"serve", serve_help, "qh", serve_options},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void add_setting(struct options *options, char *setting)
{
    options->settings =
        memory_resize(options->settings, (options->setting_count + 1) * sizeof *options->settings);
    options->settings[options->setting_count++] = setting;
}

static void add_map(struct options *options, const char *map, bool tls)
{
    options->maps = memory_resize(options->maps, (options->map_count + 1) * sizeof *options->maps);
    options->maps[options->map_count++] = (struct option_map){map, tls};
}

static char *copy(const char *prefix, const char *text)
{
    size_t size = strlen(prefix) + strlen(text) + 1;
    char *joined = memory_alloc(size);
    snprintf(joined, size, "%s%s", prefix, text);
    return joined;
}

/* Judged here, since as a setting it would be called --set by the loader. */
static bool take_seed(struct options *options)
{
    int64_t seed;
    if (!value_integer(optarg, &seed) || seed < 0) {
        fprintf(stderr, "--seed %s: expected a whole number from 0 to 2^63 - 1\n", optarg);
        return false;
    }
    add_setting(options, copy("seed=", optarg));
    return true;
}

/* The last of two would win in silence, and nobody be served at the first. */
static bool take_place(const char **place, const char *option)
{
    if (*place)
        fprintf(stderr,
                "understudy serve: %s %s: already given as %s; expected one address ([::] is for "
                "both families)\n",
                option, optarg, *place);
    bool first = !*place;
    *place = optarg;
    return first;
}

static bool take_serve_option(struct options *options, int option)
{
    switch (option) {
    case OPTION_LISTEN:
        return take_place(&options->listen, "--listen");
    case OPTION_LISTEN_TLS:
        return take_place(&options->listen_tls, "--listen-tls");
    case OPTION_MAP:
    case OPTION_MAP_TLS:
        add_map(options, optarg, option == OPTION_MAP_TLS);
        return true;
    case OPTION_CA:
        options->ca = optarg;
        return true;
    case OPTION_WRITE_CA:
        options->write_ca = optarg;
        return true;
    case OPTION_STATE:
        options->state = optarg;
        return true;
    default:
        return false; /* getopt has said why */
    }
}

static bool take_option(struct options *options, int option)
{
    switch (option) {
    case 'o':
        options->output = optarg;
        return true;
    case 'q':
        options->quiet = true;
        return true;
    case OPTION_SEED:
        return take_seed(options);
    case OPTION_SET:
        add_setting(options, copy("", optarg));
        return true;
    case OPTION_CAPTURE:
        options->capture = optarg;
        return true;
    case OPTION_CHECK:
        options->check = true;
        return true;
    case OPTION_COMPARE:
        options->compare = optarg;
        return true;
    default:
        return take_serve_option(options, option);
    }
}

static bool complain(const struct options *options, const char *sentence)
{
    fprintf(stderr, "understudy %s: %s; try 'understudy %s --help'\n",
            commands[options->command].name, sentence, commands[options->command].name);
    return false;
}

static bool serve_makes_sense(const struct options *options)
{
    if (!options->node)
        return complain(options, "expected a scenario file and the name of a node");
    if (options->scenario_count > 1)
        return complain(options, "expected one scenario file and one node");
    if (!options->listen)
        return complain(options,
                        "expected --listen ADDR:PORT, such as 127.0.0.1:5300 or [::1]:5300");
    return true;
}

static bool makes_sense(const struct options *options)
{
    if (options->command == COMMAND_SERVE)
        return serve_makes_sense(options);
    if (options->scenario_count == 0)
        return complain(options, "expected a scenario file");
    if (options->command == COMMAND_GRAPH && !options->output)
        return complain(options, "expected -o FILE");
    if (options->command == COMMAND_GRAPH && options->scenario_count > 1)
        return complain(options, "expected one scenario file");
    if (options->output && options->output[0] == '\0')
        return complain(options, "expected a path after -o");
    return true;
}

/* ARGV from the command's name on. */
static enum options_result read_command(int argc, char **argv, struct options *out)
{
    int option;
    const char *letters = commands[out->command].letters;
    argv[0] = copy("understudy ", commands[out->command].name); /* for getopt's messages */
    optind = 1;
    enum options_result result = OPTIONS_OK;
    while (result == OPTIONS_OK &&
           (option = getopt_long(argc, argv, letters, commands[out->command].options, NULL)) != -1)
        if (option == 'h') {
            fputs(commands[out->command].help, stdout);
            result = OPTIONS_DONE;
        } else if (!take_option(out, option)) {
            result = OPTIONS_WRONG;
        }
    free(argv[0]);
    argv[0] = (char *)commands[out->command].name;
    out->scenarios = (const char **)(argv + optind);
    out->scenario_count = (size_t)(argc - optind);
    if (out->command == COMMAND_SERVE && out->scenario_count > 1)
        out->node = out->scenarios[--out->scenario_count];
    if (result == OPTIONS_OK && !makes_sense(out))
        result = OPTIONS_WRONG;
    return result;
}

/* That of COMMAND, or the general one. */
static void print_help(const char *command)
{
    const char *help = general_help;
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(command, commands[i].name) == 0)
            help = commands[i].help;
    fputs(help, stdout);
}

enum options_result options_read(int argc, char **argv, struct options *out)
{
    *out = (struct options){.argc = argc, .argv = argv};
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(argc > 2 ? argv[2] : "");
        return OPTIONS_DONE;
    }
    if (strcmp(word, "--version") == 0) {
        puts("understudy " UNDERSTUDY_VERSION);
        return OPTIONS_DONE;
    }
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(word, commands[i].name) == 0) {
            out->command = (enum command)i;
            return read_command(argc - 1, argv + 1, out);
        }
    if (argc > 1)
        fprintf(stderr, "understudy: unknown command '%s', expected run, check, graph or serve\n",
                word);
    else
        fputs(general_help, stderr);
    return OPTIONS_WRONG;
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->setting_count; i++)
        free((char *)options->settings[i]);
    free(options->settings);
    free(options->maps);
}
