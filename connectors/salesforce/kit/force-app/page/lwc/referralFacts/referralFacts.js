import { LightningElement, api } from "lwc";

const SHOWN = [
    "Referral_Status",
    "Referral_Code",
    "Referral_Link",
    "Referred_By_Code",
    "Referral_Count",
    "Referral_Last_At",
    "Referral_Revenue",
    "Referral_Rewards_Earned",
    "Referral_Rewards_Pending",
    "Referral_Rewards_Currency",
    "Referral_Last_Reward_At",
    "Referral_Trace"
];

/** The referral fields of the record on whose page this stands, to read; a person account shows its person's. */
export default class ReferralFacts extends LightningElement {
    @api recordId;
    @api objectApiName;

    get fieldNames() {
        const suffix = this.objectApiName === "Account" ? "__pc" : "__c";
        return SHOWN.map((name) => name + suffix);
    }
}
