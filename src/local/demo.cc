#include "local/demo.h"

namespace amime::local {

absl::Status run_demo(const DemoOptions&) { return absl::UnimplementedError("not built yet"); }

}  // namespace amime::local
