#include "local/serve.h"

namespace amime::local {

absl::Status run_serve(const ServeOptions&) { return absl::UnimplementedError("not built yet"); }

}  // namespace amime::local
