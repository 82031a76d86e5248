// Terms about what is asked, as Envoy's RBAC permissions. Pure; any thread.
#pragma once

#include "translate/authz/rule_terms.h"

namespace envoy::config::rbac::v3 {
class Permission;
}

namespace amime::translate {

void fill_permission(const Term& term, envoy::config::rbac::v3::Permission* out);

}  // namespace amime::translate
