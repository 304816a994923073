/** `grpc.reflection.v1` and `v1alpha`: what is served here, so that tools need no proto files. */
import {
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescService,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import type {
  ServerReflection,
  ServerReflectionRequest,
  ServerReflectionResponse,
} from "../../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import type { ServerReflection as AlphaServerReflection } from "../../../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";

/** @param services what is served; their files and all that these import can be asked for */
export function reflectionMethods(
  services: readonly DescService[],
): ServiceImpl<typeof ServerReflection> & ServiceImpl<typeof AlphaServerReflection> {
  const files = withImports(services.map(({ file }) => file));
  const registry = createRegistry(...files);
  const extensions = files.flatMap((file) =>
    [...nestedTypes(file)].filter((type): type is DescExtension => type.kind === "extension")
  );

  function answer({ messageRequest: { case: what, value } }: Pick<ServerReflectionRequest, "messageRequest">) {
    switch (what) {
      case "fileByFilename":
        return filesAnswer(files.find(({ proto }) => proto.name === value));
      case "fileContainingSymbol":
        return filesAnswer(fileOf(registry, value));
      case "fileContainingExtension":
        return filesAnswer(
          extensions.find(({ extendee, number }) =>
            extendee.typeName === value.containingType && number === value.extensionNumber
          )?.file,
        );
      case "allExtensionNumbersOfType": {
        const extensionNumber = extensions.filter(({ extendee }) => extendee.typeName === value).map(({ number }) =>
          number
        );
        const response = { baseTypeName: value, extensionNumber };
        return registry.getMessage(value) ? { case: "allExtensionNumbersResponse" as const, value: response } : UNKNOWN;
      }
      case "listServices": {
        const service = services.map(({ typeName: name }) => ({ name }));
        return { case: "listServicesResponse" as const, value: { service } };
      }
      default:
        return errorAnswer(Code.InvalidArgument, "Nothing was asked");
    }
  }

  return {
    async *serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequest>) {
      for await (const originalRequest of requests) {
        const { host: validHost } = originalRequest;
        yield { validHost, originalRequest, messageResponse: answer(originalRequest) } as ServerReflectionResponse;
      }
    },
  } as ServiceImpl<typeof ServerReflection> & ServiceImpl<typeof AlphaServerReflection>;
}

function errorAnswer(errorCode: number, errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode, errorMessage } };
}

const UNKNOWN = errorAnswer(Code.NotFound, "There is no such thing here");

/** A file comes with all that it imports, so that nobody has to ask again. */
function filesAnswer(file: DescFile | undefined) {
  if (file === undefined) return UNKNOWN;
  const fileDescriptorProto = withImports([file]).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

/** The file of a type or a service, or of what is in it: a method, a field, a value. */
function fileOf(registry: Registry, symbol: string): DescFile | undefined {
  const found = registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf("."))));
  return found?.file;
}

function withImports(files: readonly DescFile[]): DescFile[] {
  const found = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (found.has(file)) return;
    found.add(file);
    file.dependencies.forEach(add);
  };
  files.forEach(add);
  return [...found];
}
