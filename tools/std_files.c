// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard input, output and error of programs that the kernel starts.
 * First thing in the main() of kmctl and of keymaster-request-key.
 */
#include <fcntl.h>
#include <unistd.h>

#include "std_files.h"

/**
 * open_standard_files() - see to it that there are three
 *
 * The kernel starts its helper without them. What is opened next would take their place,
 * and a message would be written into it.
 */
void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
