// base/wire.h by the names that delivery uses.
#pragma once

#include "base/wire.h"

namespace amime::delivery {

using base::append_bytes;
using base::append_number;
using base::append_prefix;
using base::WireReader;

}  // namespace amime::delivery
