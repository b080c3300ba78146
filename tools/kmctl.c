// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl: the command line of keymaster. The command table, and messages.
 * Finds the command, has opts.c parse its options, runs it.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kmctl.h"
#include "std_files.h"

/* In the order of the help. */
static const struct command *const commands[] = {
	&cmd_init,
	&cmd_root,
	&cmd_status,
	&cmd_generate,
	&cmd_import,
	&cmd_export,
	&cmd_provision,
	&cmd_destroy_ids,
	&cmd_attest,
	&cmd_certificate,
	&cmd_list,
	&cmd_show,
	&cmd_delete,
	&cmd_delete_all,
	&cmd_store,
	&cmd_encrypt,
	&cmd_decrypt,
	&cmd_sign,
	&cmd_verify,
	&cmd_agree,
	&cmd_bridge,
	&cmd_upgrade,
	&cmd_configure,
	&cmd_early_boot_ended,
	&cmd_supported,
	&cmd_entropy,
	&cmd_enroll,
	&cmd_auth,
	&cmd_lock,
	&cmd_unenroll,
	&cmd_boot_level,
	&cmd_save_state,
	&cmd_verify_attestation,
	&cmd_ca_create,
	&cmd_android_show,
	&cmd_android_decrypt,
	&cmd_android_migrate,
	&cmd_android_unlock,
	&cmd_android_write,
};

#define N_COMMANDS	(sizeof(commands) / sizeof(commands[0]))
/* Options that may stand before the command, each with one value. */
static const char *const global_options[] = { "--blob", "--store", "--device" };

int fail(int status, const char *format, ...)
{
	va_list args;

	fputs("kmctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

int fail_errno(int status, int error, const char *what)
{
	char *shown = printable(what);

	fail(status, "%s: %s", shown, strerror(error < 0 ? -error : error));
	free(shown);
	return status;
}

static void main_usage(FILE *f)
{
	size_t i;

	fputs("Usage: kmctl [--blob FILE] [--store DIR] [--device PATH] COMMAND [OPTION]...\n\n"
	      "Keys that the kernel holds: programs use them, and never see them.\n\n"
	      "Commands:\n", f);
	for (i = 0; i < N_COMMANDS; i++)
		if (!commands[i]->hidden)
			fprintf(f, "  %-16s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nkmctl COMMAND --help tells a command's options; kmctl(1) has it all.\n", f);
}

/* Whether @name is of a family: "android show" of "android"; @second is NULL or "show". */
static bool is_member(const char *name, const char *family, const char *second)
{
	size_t len = strlen(family);

	return !strncmp(name, family, len) && name[len] == ' ' &&
	       (!second || !strcmp(name + len + 1, second));
}

/* @words: [out] how many arguments its name is. */
static const struct command *find_command(char **argv, int *words)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		*words = 1;
		if (!strcmp(commands[i]->name, argv[0]))
			return commands[i];
		*words = 2;
		if (argv[1] && is_member(commands[i]->name, argv[0], argv[1]))
			return commands[i];
	}
	return NULL;
}

/* The name of a family alone, with what is no member of it, or with --help. */
static int no_command(char **argv)
{
	bool help = argv[1] && !strcmp(argv[1], "--help"), family = false;
	FILE *f = help ? stdout : stderr;
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (!is_member(commands[i]->name, argv[0], NULL))
			continue;
		if (!family)
			fprintf(f, "Usage: kmctl %s COMMAND [OPTION]...\n\nCommands:\n", argv[0]);
		family = true;
		fprintf(f, "  %-16s %s\n", commands[i]->name, commands[i]->summary);
	}
	if (!family)
		return fail(ST_USAGE, "there is no command '%s'; see kmctl --help", argv[0]);
	return help ? ST_OK : ST_USAGE;
}

/* How many arguments the global option at @arg takes: 2, 1 with "=", 0 if none. */
static int global_option(const char *arg)
{
	size_t i, len;

	for (i = 0; i < sizeof(global_options) / sizeof(global_options[0]); i++) {
		len = strlen(global_options[i]);
		if (strncmp(arg, global_options[i], len))
			continue;
		if (!arg[len])
			return 2;
		if (arg[len] == '=')
			return 1;
	}
	return 0;
}

/**
 * struct words - where the name of the command stands in the arguments
 * @at: its first word
 * @count: one or two; none for the kernel's helper
 */
struct words {
	int at;
	int count;
};

/* The global options become the command's own: kmctl, globals..., the rest. */
static int run(const struct command *cmd, int argc, char **argv, const struct words *words)
{
	char **args = calloc((size_t)argc + 1, sizeof(*args));
	struct opts o = { 0 };
	int n = 0, i, ret;

	if (!args)
		return fail(ST_FAILED, "out of memory");
	args[n++] = program_invocation_short_name;
	for (i = 1; i < argc; i++)
		if (i < words->at || i >= words->at + words->count)
			args[n++] = argv[i];
	ret = opts_parse(cmd, n, args, &o);
	if (ret == ST_OK)
		ret = cmd->run(&o);
	opts_free(&o);
	free(args);
	return ret == OPTS_HELPED ? ST_OK : ret;
}

int main(int argc, char **argv)
{
	static const struct rlimit no_core;
	const struct command *cmd;
	struct words words = { .at = 1 };
	int n, ret;

	open_standard_files();
	/* What passes through must not be left in a core file. */
	setrlimit(RLIMIT_CORE, &no_core);
	pem_wipe();
	/* A closed pipe is an error like another, with a message and a status. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 1)
		return ST_USAGE;
	while (words.at < argc && (n = global_option(argv[words.at])))
		words.at += n;
	if (words.at >= argc) {
		main_usage(stderr);
		return ST_USAGE;
	}
	if (!strcmp(argv[words.at], "--help") || !strcmp(argv[words.at], "help")) {
		main_usage(stdout);
		return ST_OK;
	}
	if (!strcmp(argv[words.at], "--version")) {
		puts("kmctl " KMCTL_VERSION);
		return ST_OK;
	}
	/* The kernel starts its helper with a path and nothing else; no command is a path. */
	if (argc == 2 && argv[words.at][0] == '/')
		return run(&cmd_save_state, argc, argv, &words);
	cmd = find_command(argv + words.at, &words.count);
	ret = cmd ? run(cmd, argc, argv, &words) : no_command(argv + words.at);
	/* Lost output is a failure, and only closing tells: a full disk, say. */
	if (fflush(stdout) || ferror(stdout))
		return ret ? ret : fail_errno(ST_FAILED, errno, "standard output");
	return ret;
}
