#include "fields/fields.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <functional>

#include "source/gateway_api/conversion.h"

namespace amime::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using translate::Engine;

// Wrappers, durations, structs: a value to the user.
bool is_leaf(const Descriptor& message) { return message.file()->package() == "google.protobuf"; }

// The message that a field holds, behind a map too; null: none that has fields of its own.
const Descriptor* below(const FieldDescriptor& field) {
  const FieldDescriptor* value = field.is_map() ? field.message_type()->map_value() : &field;
  if (value->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || is_leaf(*value->message_type())) return nullptr;
  return value->message_type();
}

const google::protobuf::EnumDescriptor* enum_of(const FieldDescriptor& field) { return field.is_map() ? nullptr : field.enum_type(); }

std::string step(const FieldDescriptor& field) {
  return std::string(field.json_name()) + (field.is_map() ? "{}" : field.is_repeated() ? "[]" : "");
}

void walk(const Descriptor& message, const std::string& prefix, Listed& seen, std::vector<Field>& out) {
  if (!seen.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    const std::string path = prefix + step(*field);
    if (const auto* values = enum_of(*field)) {
      for (int v = 0; v < values->value_count(); ++v)
        out.push_back({field, values->value(v)->number(), path + ": " + values->value(v)->name()});
      continue;
    }
    out.push_back({field, -1, path});
    if (const Descriptor* inner = below(*field)) walk(*inner, path + ".", seen, out);
  }
}

using Visit = std::function<void(Message&, const FieldDescriptor&)>;

// The messages of a repeated field or, in the order of their keys, of a map: copies of a map keep no order.
std::vector<Message*> items_of(Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  std::vector<Message*> items;
  for (int n = 0; n < reflection.FieldSize(message, &field); ++n) items.push_back(reflection.MutableRepeatedMessage(&message, &field, n));
  if (!field.is_map()) return items;
  const auto key = [&](const Message* entry) {
    const auto* of = field.message_type()->map_key();
    const auto* reflection = entry->GetReflection();
    return of->cpp_type() == of->CPPTYPE_STRING ? reflection->GetString(*entry, of) : std::to_string(reflection->GetUInt32(*entry, of));
  };
  std::sort(items.begin(), items.end(), [&](const Message* a, const Message* b) { return key(a) < key(b); });
  for (Message*& item : items) item = item->GetReflection()->MutableMessage(item, field.message_type()->map_value());
  return items;
}

// Every field that is set, and every single enum (its first value cannot be told from unset).
void visit(Message& message, const Visit& each) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const bool set = field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
    if (set || (enum_of(field) && !field.is_repeated() && !field.has_presence())) each(message, field);
    if (!set || !below(field)) continue;
    if (!field.is_repeated()) {
      visit(*reflection.MutableMessage(&message, &field), each);
    } else {
      for (Message* item : items_of(message, field)) visit(*item, each);
    }
  }
}

// One way in which an object could have said something else.
struct Mutation {
  std::size_t place = 0;  // the how-manieth of visit()
  Field field;
  int other = -1;  // an enum's other value; -1: the field is taken out, -2: a wrapped bool says the opposite
};

bool is_bool_value(const FieldDescriptor& field) {
  return !field.is_repeated() && field.message_type() && field.message_type()->full_name() == "google.protobuf.BoolValue";
}

void add_enum(const Message& message, const FieldDescriptor& field, std::size_t place, std::vector<Mutation>& out) {
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    for (int n = 0; n < reflection.FieldSize(message, &field); ++n)
      out.push_back({place, {&field, reflection.GetRepeatedEnumValue(message, &field, n), {}}, -1});
    return;
  }
  const int now = reflection.GetEnumValue(message, &field);
  for (int v = 0; v < field.enum_type()->value_count(); ++v)
    if (const int other = field.enum_type()->value(v)->number(); other != now) out.push_back({place, {&field, now, {}}, other});
}

std::vector<Mutation> mutations_of(Message& spec) {
  std::vector<Mutation> out;
  std::size_t place = 0;
  visit(spec, [&](Message& message, const FieldDescriptor& field) {
    if (enum_of(field)) {
      add_enum(message, field, place, out);
    } else {
      out.push_back({place, {&field, -1, {}}, -1});
      if (is_bool_value(field)) out.push_back({place, {&field, -1, {}}, -2});
    }
    ++place;
  });
  return out;
}

void apply(const Mutation& mutation, Message& message) {
  const auto& reflection = *message.GetReflection();
  const FieldDescriptor* field = mutation.field.field;
  if (mutation.other >= 0) return reflection.SetEnumValue(&message, field, mutation.other);
  if (mutation.other == -1) return reflection.ClearField(&message, field);
  Message* wrapped = reflection.MutableMessage(&message, field);
  const FieldDescriptor* value = wrapped->GetDescriptor()->field(0);
  wrapped->GetReflection()->SetBool(wrapped, value, !wrapped->GetReflection()->GetBool(*wrapped, value));
}

std::unique_ptr<Message> copy_of(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

mesh::ObjectPtr changed(const mesh::Object& object, const Mutation& mutation) {
  std::unique_ptr<Message> spec = copy_of(*std::get<mesh::ProtoSpec>(object.payload));
  Message* where = nullptr;
  std::size_t place = 0;
  visit(*spec, [&](Message& message, const FieldDescriptor&) {
    if (place++ == mutation.place) where = &message;
  });
  apply(mutation, *where);
  auto other = std::make_shared<mesh::Object>(object);
  other->payload = mesh::ProtoSpec(std::move(spec));
  other->digest = mesh::object_digest(*other);
  return other;
}

// What all proxies of a case receive, as digests.
class Answers {
 public:
  explicit Answers(const GoldenCase& golden) {
    feed(engine_, golden.objects);
    std::vector<mesh::Change> written;
    for (const auto& object : golden.objects)
      if (!object->derived) written.push_back({object->key, object});
    conversion_.add_derived(written);
    for (const auto& proxy : golden.proxies) scopes_.push_back(engine_.attach(proxy.facts, translate::RouteDelivery::kWhole));
  }
  void put(const mesh::ObjectPtr& object) {
    std::vector<mesh::Change> changes = {{object->key, object}};
    conversion_.add_derived(changes);
    feed(engine_, changes);
  }
  std::vector<std::uint64_t> resources() const {
    std::vector<std::uint64_t> out;
    for (const auto scope : scopes_)
      for (const auto& set : engine_.catalog(scope)->sets) out.push_back(set->digest());
    return out;
  }
  std::vector<translate::Note> notes() const { return engine_.notes(); }

 private:
  Engine engine_;
  source::gateway_api::Conversion conversion_;
  std::vector<Engine::ScopeId> scopes_;
};

}  // namespace

std::vector<Field> fields_of(const Descriptor& spec, Listed* listed) {
  std::vector<Field> out;
  walk(spec, "", *listed, out);
  return out;
}

void prove(const GoldenCase& golden, Proofs& proofs) {
  Answers answers(golden);
  const auto resources = answers.resources();
  const auto notes = answers.notes();
  for (const auto& object : golden.objects) {
    if (object->derived || !std::holds_alternative<mesh::ProtoSpec>(object->payload)) continue;
    const auto spec = copy_of(*std::get<mesh::ProtoSpec>(object->payload));
    for (const auto& mutation : mutations_of(*spec)) {
      Proof& proof = proofs[mutation.field];
      if (!proof.in_resources.empty()) continue;
      answers.put(changed(*object, mutation));
      if (answers.resources() != resources)
        proof.in_resources = golden.name();
      else if (proof.in_notes.empty() && answers.notes() != notes)
        proof.in_notes = golden.name();
      answers.put(object);
    }
  }
}

}  // namespace amime::test
