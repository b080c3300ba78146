/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of keymaster-request-key share: request_key.c -> visit.c -> libkeymaster.
 */
#ifndef REQUEST_KEY_H
#define REQUEST_KEY_H

#include <stdbool.h>
#include <sys/types.h>

#include <keyutils.h>

/**
 * struct request - a key that somebody asked for, and that is under construction
 * @key: its serial number
 * @alias: its description
 * @info: what the caller adds
 * @uid: the user that he is for files, in the initial user namespace
 */
struct request {
	key_serial_t key;
	const char *alias;
	const char *info;
	uid_t uid;
};

int become_user(uid_t uid);
int answer(const struct request *r);
int refuse(const struct request *r, int error);
void note_refusal(const struct request *r, int error);

#endif /* REQUEST_KEY_H */
