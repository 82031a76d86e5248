// The types of what is packed in an encoded message: their URLs stand in it as they are, however deep. Pure; any thread.
#pragma once

#include <functional>
#include <string_view>

namespace amime::translate {

// "stats.PluginConfig" of "type.googleapis.com/stats.PluginConfig".
std::string_view type_of(std::string_view type_url);

// Whether a type that is packed where an extension is configured is none: a value, or what wraps the configuration.
bool is_typed_struct(std::string_view type);
bool is_no_extension(std::string_view type);

// Each type that may be an extension's, as often as it is named. What only looks like a URL, in some text, is given as well.
void for_each_type(std::string_view bytes, const std::function<void(std::string_view type)>& f);

}  // namespace amime::translate
