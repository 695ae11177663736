#define _XOPEN_SOURCE 700

#include "io/xdmf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/replace_file.h"

typedef struct {
  FILE *xml;
  const char *results_path;
  const Electrolyte *electrolyte;
  int nodes, times;
  const PetscReal *time;
} Document;

PetscErrorCode XdmfFileName(const char results_path[], const char part[], char **name)
{
  const size_t length = strlen(results_path);
  const PetscBool has_suffix = length > 3 && strcmp(results_path + length - 3, ".h5") == 0;
  const size_t stem = has_suffix ? length - 3 : length;
  const size_t size = stem + strlen(part) + sizeof(".xdmf");

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size, name));
  PetscCall(PetscSNPrintf(*name, size, "%.*s%s.xdmf", (int)stem, results_path, part));
  PetscFunctionReturn(0);
}

// The name of the HDF5 file without its folder, with what XML reserves written out.
static void WriteFileName(const Document *document)
{
  const char *slash = strrchr(document->results_path, '/');

  for (const char *c = slash ? slash + 1 : document->results_path; *c; c++) {
    switch (*c) {
      case '&':
        fputs("&amp;", document->xml);
        break;
      case '<':
        fputs("&lt;", document->xml);
        break;
      default:
        fputc(*c, document->xml);
    }
  }
}

static void WriteDataSet(const Document *document, const char name[], int rows, int columns,
                         const char number_type[], int precision)
{
  fprintf(document->xml,
          "<DataItem Dimensions=\"%d %d\" NumberType=\"%s\" Precision=\"%d\" Format=\"HDF\">", rows,
          columns, number_type, precision);
  WriteFileName(document);
  fprintf(document->xml, ":%s</DataItem>\n", name);
}

/* Row `row` of a data set [times, columns].  XDMF Reader takes the children (start, stride, count;
   then the source); the Xdmf3 readers cannot tell the type of such an item and drop it, but read
   the file's own selection, "name|start:stride:count:size".  They know hyperslabs only as
   "HyperSlab", XDMF Reader in any case of letters, so "Hyperslab" shows each what it understands.
 */
static void WriteRow(const Document *document, const char name[], int row, int columns)
{
  fprintf(document->xml,
          "<DataItem ItemType=\"Hyperslab\" Dimensions=\"%d\" NumberType=\"Float\" Precision=\"8\" "
          "Format=\"HDF\">",
          columns);
  WriteFileName(document);
  fprintf(document->xml, ":%s|%d 0:1 1:1 %d:%d %d\n", name, row, columns, document->times, columns);
  fprintf(
      document->xml,
      "<DataItem Dimensions=\"3 2\" NumberType=\"Int\" Format=\"XML\">%d 0 1 1 1 %d</DataItem>\n",
      row, columns);
  WriteDataSet(document, name, document->times, columns, "Float", 8);
  fputs("</DataItem>\n", document->xml);
}

// One field: its row `row`, or everything where that is negative.
static void WriteField(const Document *document, const char name[], const char center[], int row,
                       int columns)
{
  char path[64];

  snprintf(path, sizeof(path), "/fields/%s", name);
  fprintf(document->xml, "<Attribute Name=\"%s\" AttributeType=\"Scalar\" Center=\"%s\">\n", name,
          center);
  if (row < 0) {
    WriteDataSet(document, path, document->times, columns, "Float", 8);
  } else {
    WriteRow(document, path, row, columns);
  }
  fputs("</Attribute>\n", document->xml);
}

static void WriteNodeFields(const Document *document, int row)
{
  for (PetscInt k = 0; k < document->electrolyte->number_of_ions; k++) {
    char name[sizeof(document->electrolyte->ion[k].name) + sizeof("_concentration")];
    snprintf(name, sizeof(name), "%s_concentration", document->electrolyte->ion[k].name);
    WriteField(document, name, "Node", row, document->nodes);
  }
  WriteField(document, "potential", "Node", row, document->nodes);
  WriteField(document, "charge_density", "Node", row, document->nodes);
}

// The line at one time: nodes are points; the faces' values belong to the segments between them.
static void WriteLineAt(const Document *document, int row)
{
  const int nodes = document->nodes;

  fprintf(document->xml, "<Grid Name=\"line\" GridType=\"Uniform\">\n<Time Value=\"%.17g\"/>\n",
          (double)document->time[row]);
  fprintf(document->xml,
          "<Topology TopologyType=\"Polyline\" NodesPerElement=\"2\" NumberOfElements=\"%d\">\n",
          nodes - 1);
  WriteDataSet(document, "/xdmf/line_cells", nodes - 1, 2, "Int", 4);
  fputs("</Topology>\n<Geometry GeometryType=\"XYZ\">\n", document->xml);
  WriteDataSet(document, "/xdmf/line_points", nodes, 3, "Float", 8);
  fputs("</Geometry>\n", document->xml);
  WriteNodeFields(document, row);
  WriteField(document, "electric_field", "Cell", row, nodes - 1);
  fputs("</Grid>\n", document->xml);
}

static void WriteLine(const Document *document)
{
  fputs("<Grid Name=\"run\" GridType=\"Collection\" CollectionType=\"Temporal\">\n", document->xml);
  for (int row = 0; row < document->times; row++) WriteLineAt(document, row);
  fputs("</Grid>\n", document->xml);
}

static void WriteSheet(const Document *document)
{
  fprintf(document->xml,
          "<Grid Name=\"sheet\" GridType=\"Uniform\">\n"
          "<Topology TopologyType=\"2DSMesh\" Dimensions=\"%d %d\"/>\n"
          "<Geometry GeometryType=\"XYZ\">\n",
          document->times, document->nodes);
  WriteDataSet(document, "/xdmf/sheet_points", document->times, 3 * document->nodes, "Float", 8);
  fputs("</Geometry>\n", document->xml);
  WriteNodeFields(document, -1);
  fputs("</Grid>\n", document->xml);
}

static PetscErrorCode WriteFile(Document *document, const char part[],
                                void (*write)(const Document *))
{
  char *name, *text = NULL;
  size_t size;

  PetscFunctionBeginUser;
  PetscCall(XdmfFileName(document->results_path, part, &name));
  document->xml = open_memstream(&text, &size);
  PetscCheck(document->xml, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", name);
  fputs("<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n<Domain>\n", document->xml);
  write(document);
  fputs("</Domain>\n</Xdmf>\n", document->xml);
  fclose(document->xml);
  PetscCall(ReplaceFile(name, text, size));
  free(text);
  PetscCall(PetscFree(name));
  PetscFunctionReturn(0);
}

PetscErrorCode XdmfWrite(const char results_path[], const Electrolyte *electrolyte, PetscInt nodes,
                         PetscInt times, const PetscReal time[])
{
  Document document = {.results_path = results_path,
                       .electrolyte = electrolyte,
                       .nodes = (int)nodes,
                       .times = (int)times,
                       .time = time};

  PetscFunctionBeginUser;
  PetscCall(WriteFile(&document, XDMF_LINE, WriteLine));
  if (times > 1) PetscCall(WriteFile(&document, XDMF_SHEET, WriteSheet));
  PetscFunctionReturn(0);
}

PetscErrorCode XdmfRemove(const char results_path[])
{
  const char *const parts[] = {XDMF_LINE, XDMF_SHEET};
  char *name;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(parts); i++) {
    PetscCall(XdmfFileName(results_path, parts[i], &name));
    unlink(name);
    PetscCall(PetscFree(name));
  }
  PetscFunctionReturn(0);
}
