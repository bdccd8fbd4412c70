/** Follows a flash sale by server-sent events, and begins again by itself after the connection was lost. */
import { useEffect, useState } from "react";
import { noteServerTime } from "../api/client";
import { flashSaleQuery } from "../api/offers";
import { queryClient } from "../api/queries";
import type { FlashSale } from "../api/types";

/** `waiting` before the first answer, `live` while connected, `lost` while it tries again. */
export type Connection = "waiting" | "live" | "lost";

/** Milliseconds before a connection that the browser gave up is tried again. */
const RETRY_MS = 3_000;

export function useLiveSale(id: string, wanted: boolean): Connection {
  const [connection, setConnection] = useState<Connection>("waiting");
  useEffect(() => {
    if (!wanted || typeof EventSource === "undefined") return;
    let source: EventSource | null = null;
    let timer: number | undefined;
    const open = () => {
      source = new EventSource(`/v1/flash-sales/${encodeURIComponent(id)}/events`);
      source.addEventListener("sale", (event) => {
        const sale = JSON.parse((event as MessageEvent<string>).data) as FlashSale;
        noteServerTime(sale.server_time);
        queryClient.setQueryData(flashSaleQuery(id).queryKey, sale);
        setConnection("live");
      });
      source.onerror = () => {
        setConnection("lost");
        // The browser tries again by itself, except after an answer that was an error.
        if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, RETRY_MS);
      };
    };
    open();
    return () => {
      source?.close();
      window.clearTimeout(timer);
    };
  }, [id, wanted]);
  return connection;
}
