// RequestAuthentication: which tokens (JWT) a request may bring. A token that is brought has to be valid; none is no error, who may
// ask without one is AuthorizationPolicy's. One rule's run.
//
// Fields: RequestAuthentication.jwtRules (issuer, audiences, jwks, jwksUri, fromHeaders, fromParams, fromCookies,
// outputPayloadToHeader, outputClaimToHeaders, forwardOriginalToken, spaceDelimitedClaims). Keys behind a jwksUri are fetched by
// the control plane (view.key_set()); as long as there are none, tokens of that rule are refused.
#pragma once

#include <string>
#include <vector>

#include "translate/note.h"
#include "translate/view.h"

namespace amime::translate {

struct Judges;

void add_token_judge(View& view, Judges* out, std::vector<Note>* notes);

}  // namespace amime::translate
