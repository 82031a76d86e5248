#include "source/validate.h"

namespace amime::source {

void validate(const mesh::Object&, Errors&) {}

}  // namespace amime::source
