/* SPDX-License-Identifier: MIT */
/* Force-included before every file: functions that are never safe to call become compile errors. */
#ifndef FE_LIB_BANNED_H
#define FE_LIB_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#define strcpy banned_use_buf
#undef strcat
#define strcat banned_use_buf
#undef strncpy
#define strncpy banned_use_buf
#undef strncat
#define strncat banned_use_buf
#undef sprintf
#define sprintf banned_use_snprintf_or_buf
#undef vsprintf
#define vsprintf banned_use_vsnprintf_or_buf
#undef gets
#define gets banned_use_getline
#undef strtok
#define strtok banned_use_strcspn
#undef atoi
#define atoi banned_use_num
#undef atol
#define atol banned_use_num
#undef atof
#define atof banned_use_num
#undef gmtime
#define gmtime banned_use_gmtime_r
#undef localtime
#define localtime banned_use_localtime_r

#endif
