// FileStamp from stat(2). Private to src/source/files.
#pragma once

#include "source/files/read_file.h"

struct stat;

namespace amime::source::files {

FileStamp stamp_of(const struct stat& s);

}  // namespace amime::source::files
