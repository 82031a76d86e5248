#include "local/up.h"

namespace amime::local {

absl::Status run_up(const UpOptions&, const std::function<bool(const UpReady&)>&) { return absl::UnimplementedError("not built yet"); }

}  // namespace amime::local
