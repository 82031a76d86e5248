// The CatalogSource that serves: a mesh snapshot and the translation engine over it.
#pragma once

#include <memory>

#include "delivery/catalog_source.h"

namespace amime::delivery {

std::unique_ptr<CatalogSource> make_engine_source();

}  // namespace amime::delivery
