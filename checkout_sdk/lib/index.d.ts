import { type PaymentGatewayOptions } from "./options";
export type { PaymentFailure, PaymentGatewayOptions, PaymentSuccess } from "./options";
export declare class PaymentGateway {
    #private;
    /** Throws TypeError when `key`, `orderId` or the gateway's address is missing. Safe to call on a server. */
    constructor(options: PaymentGatewayOptions);
    /** Show the payment page. Does nothing while one is shown already, by this object or another. */
    open(): void;
    /** Close the payment page. While money is moving the shopper is asked first. */
    close(): void;
}
export default PaymentGateway;
