/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the authorizations of a key of Android to the description of a key here.
 * cmd_android_migrate.c -> android_migrate.c.
 */
#ifndef KMCTL_ANDROID_MIGRATE_H
#define KMCTL_ANDROID_MIGRATE_H

#include "android_entry.h"

/**
 * struct migration - a key on its way
 * @name: what messages call it
 * @blob: where it comes from, opened
 * @auth: the user wants to be asked for himself (--auth)
 * @no_auth: nobody is to be asked (--no-auth)
 * @drop_unsupported: what cannot be kept is left out, also if it forbids something
 * @params: the description; what options gave is in it already
 */
struct migration {
	const char *name;
	const struct android_blob *blob;
	bool auth;
	bool no_auth;
	bool drop_unsupported;
	struct km_params *params;
};

int android_migrate(struct migration *m);

#endif /* KMCTL_ANDROID_MIGRATE_H */
