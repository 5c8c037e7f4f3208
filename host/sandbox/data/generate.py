#!/usr/bin/env python3
"""Makes clio-v4.json from Clio's official API description.

    python3 generate.py openapi.json > clio-v4.json

Only names, types, enums and which body keys are required are taken; no
description text. To serve another resource, add its operations to SERVED, run
this again, and write its handlers in src/api/.
"""
import json
import sys

# Operation ids as the description spells them. Everything else of Clio's API
# answers 404 here.
SERVED = """
Contact#index Contact#show Contact#create Contact#update Contact#destroy
EmailAddress#index PhoneNumber#index
Matter#index Matter#show Matter#create Matter#update Matter#destroy
MatterStage#index
Relationship#index Relationship#show Relationship#create Relationship#update Relationship#destroy
PracticeArea#index PracticeArea#show PracticeArea#create PracticeArea#update PracticeArea#destroy
Document#index Document#show Document#create Document#update Document#destroy Document#download
DocumentVersion#index
DocumentCategory#index DocumentCategory#show DocumentCategory#create
DocumentTemplate#index DocumentTemplate#show DocumentTemplate#download
DocumentAutomation#index DocumentAutomation#show DocumentAutomation#create
Folder#index Folder#show Folder#create Folder#update Folder#destroy Folder#list
CustomField#index CustomField#show CustomField#create CustomField#update CustomField#destroy
User#index User#show User#who_am_i
Webhook#index Webhook#show Webhook#create Webhook#update Webhook#destroy
Activity#index Activity#show Activity#create Activity#update Activity#destroy
""".split()

# Schemas of no served operation whose fields a webhook may ask for.
HOOKED = "Bill CalendarEntry ClioPaymentsPayment Communication Task".split()

JSON = "application/json"


def main(path):
    spec = json.load(open(path))
    schemas = spec["components"]["schemas"]
    kept = {}

    def properties(schema):
        if "$ref" in schema:
            return properties(schemas[schema["$ref"].split("/")[-1]])
        found = {}
        for part in schema.get("allOf", []):
            found.update(properties(part))
        found.update(schema.get("properties", {}))
        return found

    def keep(ref):
        name = ref.split("/")[-1]
        if name not in kept:
            kept[name] = {}
            kept[name] = {k: field(v) for k, v in sorted(properties(schemas[name]).items())}
        return name

    def field(schema):
        if "$ref" in schema:
            return {"one": keep(schema["$ref"])}
        items = schema.get("items", {})
        if "$ref" in items:
            return {"many": keep(items["$ref"])}
        if items:
            return {"each": field(items)}
        if "enum" in schema:
            return {"enum": schema["enum"]}
        return schema.get("format") or schema.get("type") or "object"

    def value(schema):
        """A query parameter or a body value."""
        kind = schema.get("type", "object")
        if kind == "object" or "properties" in schema:
            return {
                "object": {k: value(v) for k, v in sorted(schema.get("properties", {}).items())},
                "required": sorted(schema.get("required", [])),
            }
        if kind == "array":
            return {"array": value(schema["items"])}
        if "enum" in schema:
            return {"enum": schema["enum"]}
        if kind == "string" and schema.get("format") in ("date", "date-time"):
            return schema["format"]
        return kind

    operations = {}
    for route, methods in sorted(spec["paths"].items()):
        for method, op in sorted(methods.items()):
            # The same operation id stands on more than one path (a contact's
            # and a matter's rows): the id and the path together are the key.
            if not isinstance(op, dict) or op.get("operationId") not in SERVED:
                continue
            answers = op["responses"]
            answer = None
            for status in ("200", "201"):
                for body in answers.get(status, {}).get("content", {}).values():
                    wrapper = properties(body["schema"])["data"]
                    shape = field(wrapper)
                    answer = shape.get("one") or shape.get("many")
                    break
            body = op.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
            operations[method.upper() + " " + route] = {
                "id": op["operationId"],
                "query": {
                    p["name"]: value(p["schema"])
                    for p in op.get("parameters", [])
                    if p["in"] == "query"
                },
                "body": value(body) if body else None,
                "answer": answer,
            }
    for name in HOOKED:
        keep(name)
    missing = set(SERVED) - {o["id"] for o in operations.values()}
    if missing:
        sys.exit("not in the description: " + ", ".join(sorted(missing)))
    json.dump({"operations": operations, "schemas": kept}, sys.stdout, indent=1, sort_keys=True)
    print()


main(sys.argv[1])
