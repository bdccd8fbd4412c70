/** Where a file is dropped or chosen. */
import { Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState, type DragEvent } from "react";

export function DropArea({ onFile }: { onFile: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <label
      className={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileUpload size={40} stroke={1.4} aria-hidden />
      <Text fw={600} mt="xs">
        Drop a file with orders here, or choose one
      </Text>
      <Text size="sm" c="dimmed">
        Exports of Shopify and WooCommerce are recognised; any other table works too. Nothing is changed before you
        start.
      </Text>
      <input
        type="file"
        style={{ position: "absolute", width: 1, height: 1, opacity: 0 }}
        accept=".csv,.tsv,.txt,.gz,.zst"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onFile(file);
        }}
      />
    </label>
  );
}
