export declare const ID = "payment-gateway-modal";
export interface Words {
    title: string;
    close: string;
    away: string;
}
export interface Dialog {
    content: HTMLElement;
    frame: HTMLIFrameElement;
    close: HTMLButtonElement;
    /** Give the page back as it was found. */
    remove(): void;
}
/** Show the dialog with the page at `address` in it. `onEscape` is also what the back gesture of a phone calls. */
export declare function show(words: Words, address: string, onEscape: () => void): Dialog;
