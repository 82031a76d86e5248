// Terms about who asks, as Envoy's RBAC principals. Pure; any thread.
#pragma once

#include <string_view>

#include "translate/authz/rule_terms.h"

namespace envoy::config::rbac::v3 {
class Principal;
}

namespace amime::translate {

// Whether the term can be judged where nothing but a connection is seen.
bool is_http_only(std::string_view attribute);

// `policy_ns`: whose service accounts are meant that name no namespace. Terms of HTTP attributes need a request.
void fill_principal(const Term& term, std::string_view policy_ns, envoy::config::rbac::v3::Principal* out);

}  // namespace amime::translate
